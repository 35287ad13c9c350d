import type { CertifiedFacts, CertifiedKey, KeyDesk, KeyPlace, KeyRequest } from "../../admin/key-desk.ts";
import { SealwayError } from "../../core/errors.ts";
import { ownSchema } from "../../core/own-schema.ts";
import { parseStrictJson } from "../../core/strict-json.ts";

/** What the console orders of the running server about the life of its keys. */
export type KeyWorkOrder =
  | {
      readonly order: "key make";
      readonly slot: string;
      readonly algorithm: "ES256" | "RS256";
      readonly facts: CertifiedFacts;
    }
  | ({ readonly order: "key request"; readonly facts: CertifiedFacts } & KeyPlace)
  | ({ readonly order: "key import"; readonly certificate: string } & KeyPlace)
  | { readonly order: "key enrol"; readonly slot: string; readonly name?: string }
  | ({ readonly order: "key register" } & KeyPlace)
  | { readonly order: "key compromised"; readonly fingerprint: string; readonly from: number };

export interface KeyWorkReports {
  readonly "key make": KeyRequest;
  readonly "key request": KeyRequest;
  readonly "key import": CertifiedKey;
  readonly "key enrol": CertifiedKey;
  readonly "key register": Awaited<ReturnType<KeyDesk["register"]>>;
  readonly "key compromised": Awaited<ReturnType<KeyDesk["compromised"]>>;
}

const text = (maxLength: number) => ({ type: "string", minLength: 1, maxLength }) as const;
const slot = { type: "string", maxLength: 1100, pattern: "^(?:tls|seal .)" } as const;
const facts = {
  type: "object",
  additionalProperties: false,
  required: ["dnsNames", "ipAddresses"],
  properties: {
    ...{ organization: text(300), country: text(2) },
    dnsNames: { type: "array", maxItems: 20, items: text(253) },
    ipAddresses: { type: "array", maxItems: 20, items: text(15) },
  },
} as const;
const key = { slot, name: text(200) };
const certificate = text(65_536);

const orders: Readonly<Record<KeyWorkOrder["order"], readonly [members: object, optional?: string]>> = {
  "key make": [{ slot, algorithm: { enum: ["ES256", "RS256"] }, facts }],
  "key request": [{ ...key, facts }],
  "key import": [{ ...key, certificate }],
  "key enrol": [key, "name"],
  "key register": [key],
  "key compromised": [{ fingerprint: text(100), from: { type: "integer" } }],
};

const validators = new Map(
  Object.entries(orders).map(([order, [members, optional]]) => {
    const properties = { order: { const: order }, ...members };
    const required = Object.keys(properties).filter((name) => name !== optional);
    return [
      order,
      ownSchema<KeyWorkOrder>({ type: "object", additionalProperties: false, required, properties }),
    ];
  }),
);

/**
 * Reads an order.
 * @returns undefined for one that is about something else
 * @throws SealwayError `bad_request`
 */
export function parseKeyWorkOrder(bytes: Buffer): KeyWorkOrder | undefined {
  const value = parseStrictJson(bytes, "bad_request") as { readonly order?: unknown } | null;
  const validate = validators.get(String(value?.order));
  if (validate === undefined) return undefined;
  if (validate(value)) return value;
  const [error] = validate.errors ?? [];
  throw new SealwayError("bad_request", `the order's ${error?.instancePath || "/"} ${error?.message}`);
}
