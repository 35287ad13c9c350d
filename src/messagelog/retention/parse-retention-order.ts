import { SealwayError } from "../../core/errors.ts";
import { ownSchema } from "../../core/own-schema.ts";
import { parseStrictJson } from "../../core/strict-json.ts";
import type { RetentionOrder } from "./retention-orders.ts";

const text = (maxLength: number) => ({ type: "string", minLength: 1, maxLength }) as const;
const time = { type: "integer", minimum: 0 } as const;
const people = { type: "array", minItems: 2, maxItems: 2, items: text(200) } as const;
const period = object({ from: time, to: { anyOf: [time, { type: "null" }] } });

const scopes = [
  object({
    kind: { const: "exchanges" },
    ids: { type: "array", minItems: 1, maxItems: 10_000, items: text(36) },
  }),
  object({ kind: { const: "pair" }, consumer: text(1024), provider: text(1024), period }),
  object({ kind: { const: "subject" }, scheme: text(200), value: text(200), period }),
];

const hold = { case: text(200), authority: text(200), scope: { anyOf: scopes }, review: time, by: people };

const schema = {
  anyOf: [
    order("run", {}),
    order("list", {}),
    order("erase", { exchangeId: text(36), reason: text(500), by: text(200) }),
    order("hold", hold),
    order("hold", { ...hold, hold: { type: "string", pattern: "^[0-9a-f-]{36}$" } }),
    order("leave", { member: text(1024), reason: text(500), by: people }),
    order("lift", { hold: text(36), reason: text(500), by: people }),
  ],
};

const validate = ownSchema<RetentionOrder>(schema);

/** Reads an order as it came from another process. @throws SealwayError `bad_request` */
export function parseRetentionOrder(bytes: Buffer): RetentionOrder {
  const parsed = parseStrictJson(bytes, "bad_request");
  if (!validate(parsed))
    throw new SealwayError("bad_request", "this is no order that the retention office knows");
  return parsed;
}

function order(name: RetentionOrder["order"], properties: object) {
  return object({ order: { const: name }, dryRun: { type: "boolean" }, ...properties });
}

function object(properties: object) {
  return {
    type: "object",
    additionalProperties: false,
    required: Object.keys(properties),
    properties,
  } as const;
}
