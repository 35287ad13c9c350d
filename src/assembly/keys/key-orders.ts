import { SealwayError } from "../../core/errors.ts";
import { parseStrictJson } from "../../core/strict-json.ts";

/** What a command orders of the running server about its keys. */
export type KeyOrder =
  /** Look at the folder of keys: something was imported. */
  | { readonly order: "keys review" }
  | { readonly order: "keys list" }
  | { readonly order: "keys choose"; readonly name: string; readonly slot?: string }
  /** Ask the peers what they hold of a member's exchanges since a time (ISO 8601) that is not in this log. */
  | { readonly order: "keys forgeries"; readonly member: string; readonly from: string };

const members: Readonly<Record<KeyOrder["order"], readonly string[]>> = {
  "keys review": [],
  "keys list": [],
  "keys choose": ["name", "slot"],
  "keys forgeries": ["member", "from"],
};

/**
 * Reads an order.
 * @returns undefined for one that is not about keys
 * @throws SealwayError `bad_request`
 */
export function parseKeyOrder(bytes: Buffer): KeyOrder | undefined {
  const value = parseStrictJson(bytes, "bad_request") as Readonly<Record<string, unknown>> | null;
  const name = value?.order;
  if (typeof name !== "string" || !Object.hasOwn(members, name)) return undefined;
  const known = members[name as KeyOrder["order"]];
  const wrong = Object.entries(value!).find(
    ([member, text]) => typeof text !== "string" || (member !== "order" && !known.includes(member)),
  );
  const isNameless = name === "keys choose" && value!.name === undefined;
  if (wrong !== undefined || isNameless)
    throw new SealwayError("bad_request", `the order's ${wrong?.[0] ?? "name"} cannot be used`);
  return value as unknown as KeyOrder;
}
