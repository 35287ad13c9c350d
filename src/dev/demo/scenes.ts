import type { ClientId, ServiceId } from "../../core/ids.ts";
import { subsystem } from "../country/members.ts";
import { service } from "../country/services.ts";
import type { Cast } from "../registers/cast.ts";
import { scanBlocks, scanDigest } from "../registers/scan.ts";
import type { SentBody, SystemAnswer } from "./system-call.ts";

/** A call that is played, and how it has to end. */
export interface Scene {
  readonly title: string;
  readonly scenario: number | null;
  readonly client: ClientId;
  readonly service: ServiceId;
  readonly method: string;
  readonly path: string;
  /** Of the description, as the caller names it. */
  readonly purpose?: string;
  /** What the answer is for, as the caller says. */
  readonly decisionUse?: "automated" | "caseworker";
  readonly onBehalf?: { readonly user: string; readonly caseReference: string };
  readonly body?: SentBody;
  readonly expected: Expectation;
  /** What a good answer says, in words. @throws Error when it says something else */
  readonly says?: (answer: SystemAnswer) => string;
  /** What the provider must have removed before it signed, as the signed answer names it. */
  readonly removed?: readonly string[];
  /** What is looked at meanwhile. */
  readonly watches?: "memory";
  /** The process of registers that is down meanwhile. */
  readonly without?: "business-register";
  readonly notYetChecked: readonly string[];
}

export type Expectation =
  | { readonly kind: "answer"; readonly status: number }
  /** `own`: by the consumer's own server. `names`: what the reason has to name. */
  | { readonly kind: "signed" | "own"; readonly code: string; readonly names?: ServiceId };

const scan = { id: "PR-2026-17", bytes: 100 * 1024 * 1024 };
const officer = { user: "officer-17", caseReference: "SB-2026-000117" };
const ok = { kind: "answer", status: 200 } as const;

/** The exchanges of the demonstration, in order. */
export function scenesFor(cast: Cast): readonly Scene[] {
  return [person(cast), ...wages(cast), ...entitlement(cast), ...scans(), registerDown(cast)];
}

function person({ parent }: Cast): Scene {
  return {
    title: "Person and address",
    scenario: 1,
    client: subsystem("benefits"),
    service: service("population/persons"),
    method: "GET",
    path: `/persons/${parent}`,
    purpose: "benefit-decision",
    onBehalf: officer,
    expected: ok,
    removed: [
      ...["/sex", "/birth/place", "/status", "/died"],
      ...["/citizenship", "/maritalStatus", "/address/since"],
    ],
    says: ({ text }) => {
      const { name, birth, address } = JSON.parse(text);
      return `${name.given} ${name.family}, born ${birth.date}; ${address.street} ${address.house}, ${address.town}`;
    },
    notYetChecked: [],
  };
}

function wages({ parent }: Cast): Scene[] {
  const common = {
    scenario: 2,
    client: subsystem("benefits"),
    service: service("tax/income"),
    method: "GET",
    path: `/${parent}?from=2026-01&to=2026-03`,
    purpose: "means-test",
  };
  return [
    {
      ...common,
      title: "Wages of three months",
      onBehalf: officer,
      expected: ok,
      says: ({ text }) => {
        const { from, to, totalCents, currency, months } = JSON.parse(text);
        return `${currency} ${(totalCents / 100).toFixed(2)} in ${months.length} months, ${from} to ${to}`;
      },
      notYetChecked: ["limits of the period"],
    },
    {
      ...common,
      title: "The same for a decision that no person makes",
      decisionUse: "automated",
      expected: { kind: "signed", code: "decision_use_not_allowed" },
      notYetChecked: [],
    },
  ];
}

function entitlement({ parent }: Cast): Scene[] {
  const common = {
    scenario: 6,
    client: subsystem("inspection"),
    method: "GET",
    purpose: "inspection",
    decisionUse: "caseworker",
  } as const;
  return [
    {
      ...common,
      title: "Entitled today, yes or no",
      service: service("benefits/is-entitled-today"),
      path: `/${parent}/today`,
      expected: ok,
      says: ({ text }) => {
        const { entitled, on } = JSON.parse(text);
        return `${entitled ? "yes" : "no"}, on ${on}`;
      },
      notYetChecked: [],
    },
    {
      ...common,
      title: "The whole record instead",
      service: service("benefits/entitlements"),
      path: `/${parent}`,
      expected: { kind: "signed", code: "access_denied", names: service("benefits/is-entitled-today") },
      notYetChecked: [],
    },
  ];
}

/** A scanned decision of 100 MiB, fetched and handed in. */
function scans(): Scene[] {
  const digest = scanDigest(scan.id, scan.bytes);
  const common = {
    scenario: 11,
    client: subsystem("benefits"),
    service: service("population/archive"),
    watches: "memory",
    notYetChecked: ["erasure of a body; none is kept, only its digest"],
  } as const;
  return [
    {
      ...common,
      title: "A scanned decision of 100 MiB, fetched",
      method: "GET",
      path: `/decisions/${scan.id}/scan?bytes=${scan.bytes}`,
      expected: ok,
      says: ({ sha256 }) => sameDigest(digest, sha256),
    },
    {
      ...common,
      title: "A scanned decision of 100 MiB, handed in",
      method: "POST",
      path: "/decisions",
      body: { type: "application/pdf", length: scan.bytes, blocks: scanBlocks(scan.id, scan.bytes) },
      expected: { kind: "answer", status: 201 },
      says: ({ text }) => sameDigest(digest, JSON.parse(text).sha256),
    },
  ];
}

function registerDown({ published }: Cast): Scene {
  return {
    title: "A register that is down",
    scenario: null,
    client: subsystem("benefits"),
    service: service("business/companies"),
    method: "GET",
    path: `/${published}`,
    decisionUse: "caseworker",
    without: "business-register",
    expected: { kind: "signed", code: "service_unreachable" },
    notYetChecked: [],
  };
}

function sameDigest(wanted: string, found: string): string {
  if (wanted !== found) throw new Error(`the SHA-256 is ${found}, not ${wanted}`);
  return `SHA-256 ${wanted.slice(0, 16)}…, the same at both ends`;
}
