import type { CertifiedFacts, CertifiedKey, KeyDesk, KeyPlace, KeyRequest } from "../../admin/key-desk.ts";
import { orderReader } from "../order-reader.ts";

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

/** Reads an order, as `orderReader` says. */
export const parseKeyWorkOrder = orderReader<KeyWorkOrder>({
  "key make": [{ slot, algorithm: { enum: ["ES256", "RS256"] }, facts }],
  "key request": [{ ...key, facts }],
  "key import": [{ ...key, certificate }],
  "key enrol": [key, "name"],
  "key register": [key],
  "key compromised": [{ fingerprint: text(100), from: { type: "integer" } }],
});
