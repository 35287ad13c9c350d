import { fromBase64 } from "../core/bytes.ts";
import type { Json } from "../core/canonical-json.ts";
import { SealwayError } from "../core/errors.ts";
import { parseStrictJson } from "../core/strict-json.ts";

export type OrderedSide = "consumer" | "provider";

/** Acts of one side that bring no terms. */
export const plainActs = [
  "approve",
  "decline",
  "suspend",
  "resume",
  "end",
  "declare",
  "verify",
  "withdraw",
] as const;
export type PlainAct = (typeof plainActs)[number];

/** What a command orders of the running server, which has the members' keys, about agreements. */
export type AgreementOrder =
  /** Documents in base64. */
  | { readonly order: "agreement request"; readonly document: string; readonly answers: string }
  | {
      readonly order: "agreement change";
      readonly document: string;
      readonly reason: string;
      readonly as?: OrderedSide;
    }
  | {
      readonly order: "agreement act";
      readonly word: PlainAct;
      readonly agreement: string;
      /** In whose name, where both sides are served here. */
      readonly as?: OrderedSide;
      /** What the act states beside: reason, attribute, until. */
      readonly states: { readonly [name: string]: Json };
    }
  | { readonly order: "agreement show"; readonly agreement: string }
  | ({ readonly order: "agreement list" } & AgreementsWanted)
  /** Reads the agreements directory anew. */
  | { readonly order: "agreement reload" };

/** Which agreements a list is of: all, unless told. */
export interface AgreementsWanted {
  readonly agreement?: string;
  /** Members, one of which is a party. */
  readonly members?: readonly string[];
  readonly state?: string;
  /** Part of the id or of a party's name, in any case of letters. */
  readonly words?: string;
  /** Those after this id, as the page before said. */
  readonly after?: string;
}

/** A page of a list, by id. */
export interface AgreementPage {
  readonly agreements: readonly ListedAgreement[];
  /** On all pages. */
  readonly total: number;
  /** By which the next page is asked; null on the last one. */
  readonly after: string | null;
}

export interface MadeAct {
  readonly agreement: string;
  /** SHA-256 (base64url) of the act. */
  readonly act: string;
  readonly state: string;
  readonly delivered: {
    readonly outcome: "taken" | "waiting" | "refused";
    readonly code?: string;
    readonly detail?: string;
  };
}

export interface ListedAgreement {
  readonly id: string;
  readonly consumer: string;
  readonly service: string;
  readonly state: string;
  readonly suspendedBy: readonly string[];
  readonly revision: number;
  /** Milliseconds. */
  readonly from: number;
  readonly to: number;
  /** `acts`, or a `file` of the operator's. */
  readonly source: "acts" | "file";
}

export interface ShownAct {
  readonly act: string;
  readonly by: string;
  readonly time: number;
  readonly revision: number;
  readonly terms: string;
  readonly sha256: string;
  readonly previous: string | null;
  /** Of the seal's certificate. */
  readonly signer: string;
  readonly reason: string | null;
  readonly attribute: string | null;
  readonly until: number | null;
  readonly answers: Json;
  /** `counts`, or `waiting` for the other side. */
  readonly standing: "counts" | "waiting";
  /** When each side said that it has it, milliseconds, and the digest of what it said. */
  readonly receipts: readonly { readonly by: string; readonly time: number; readonly sha256: string }[];
}

export interface ShownAgreement {
  readonly id: string;
  readonly instance: string;
  readonly consumer: string;
  readonly service: string;
  readonly state: string;
  readonly head: string;
  /** In force, or null. */
  readonly terms: Json;
  readonly termsDigest: string | null;
  readonly revision: number | null;
  /** What waits for the other side, or for the deadline of the law. */
  readonly proposal: {
    readonly by: string;
    readonly revision: number;
    readonly termsDigest: string;
    readonly terms: Json;
    readonly byLaw: { readonly provision: string; readonly withinDays: number } | null;
    readonly deadline: number | null;
  } | null;
  readonly suspended: {
    readonly [party: string]: { readonly since: number; readonly reason: string } | null;
  };
  readonly conditions: readonly {
    readonly kind: string;
    readonly attribute: string;
    /** Until when it is met; null when it is not, or has no end. */
    readonly until: number | null;
    readonly met: boolean;
  }[];
  readonly acts: readonly ShownAct[];
}

export interface AgreementReports {
  readonly "agreement request": MadeAct;
  readonly "agreement change": MadeAct;
  readonly "agreement act": MadeAct;
  readonly "agreement show": ShownAgreement;
  readonly "agreement list": AgreementPage;
  readonly "agreement reload": { readonly agreements: number };
}

type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === "string" && value.length > 0;
const optional: Check = (value) => value === undefined || text(value);
const base64: Check = (value) => typeof value === "string" && fromBase64(value) !== undefined;
const side: Check = (value) => value === undefined || value === "consumer" || value === "provider";

const members: Readonly<Record<AgreementOrder["order"], Readonly<Record<string, Check>>>> = {
  "agreement request": { document: base64, answers: base64 },
  "agreement change": { document: base64, reason: text, as: side },
  "agreement act": {
    word: (value) => plainActs.includes(value as PlainAct),
    agreement: text,
    as: side,
    states: (value) => typeof value === "object" && value !== null,
  },
  "agreement show": { agreement: text },
  "agreement list": {
    ...{ agreement: optional, state: optional, words: optional, after: optional },
    members: (value) => value === undefined || (Array.isArray(value) && value.every(text)),
  },
  "agreement reload": {},
};

/**
 * Reads an order.
 * @returns undefined for one that is not about agreements
 * @throws SealwayError `bad_request`
 */
export function parseAgreementOrder(bytes: Buffer): AgreementOrder | undefined {
  const value = parseStrictJson(bytes, "bad_request") as Readonly<Record<string, unknown>> | null;
  const name = value?.order;
  if (typeof name !== "string" || !Object.hasOwn(members, name)) return undefined;
  const checks = members[name as AgreementOrder["order"]];
  const wrong = Object.entries(checks).find(([member, check]) => !check(value![member]));
  const unknown = Object.keys(value!).find((member) => member !== "order" && !Object.hasOwn(checks, member));
  if (wrong !== undefined || unknown !== undefined)
    throw new SealwayError("bad_request", `the order's ${wrong?.[0] ?? unknown} cannot be used`);
  return value as unknown as AgreementOrder;
}
