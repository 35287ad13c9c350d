import { SealwayError } from "../core/errors.ts";
import { ownSchema } from "../core/own-schema.ts";
import { parseStrictJson } from "../core/strict-json.ts";

/** Schemas of the members of each order; what it may leave out stands behind them. */
export type OrderMembers<Name extends string> = Readonly<
  Record<Name, readonly [members: object, ...optional: readonly string[]]>
>;

/**
 * Makes what reads orders of a kind.
 * @returns it gives undefined for an order about something else, and throws SealwayError `bad_request`
 */
export function orderReader<Order extends { readonly order: string }>(
  orders: OrderMembers<Order["order"]>,
): (bytes: Buffer) => Order | undefined {
  const schemas = Object.entries<readonly [object, ...string[]]>(orders);
  const validators = new Map(
    schemas.map(([order, [members, ...optional]]) => {
      const properties = { order: { const: order }, ...members };
      const required = Object.keys(properties).filter((name) => !optional.includes(name));
      return [order, ownSchema<Order>({ type: "object", additionalProperties: false, required, properties })];
    }),
  );
  return (bytes) => {
    const value = parseStrictJson(bytes, "bad_request") as { readonly order?: unknown } | null;
    const validate = validators.get(String(value?.order));
    if (validate === undefined) return undefined;
    if (validate(value)) return value;
    const [error] = validate.errors ?? [];
    throw new SealwayError("bad_request", `the order's ${error?.instancePath || "/"} ${error?.message}`);
  };
}
