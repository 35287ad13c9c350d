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
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: SentBody;
  readonly expected: Expectation;
  /** What a good answer says, in words. @throws Error when it says something else */
  readonly says: (answer: SystemAnswer) => string;
  /** Whether memory is watched. */
  readonly memory: "watched" | "not-watched";
  /** The process of registers that is down meanwhile. */
  readonly without?: "business-register";
  readonly notYetChecked: readonly string[];
}

export type Expectation =
  | { readonly kind: "answer"; readonly status: number }
  | { readonly kind: "problem"; readonly code: string; readonly hop: "consumer" | "provider" };

const scan = { id: "PR-2026-17", bytes: 100 * 1024 * 1024 };
const answer = (status: number): Expectation => ({ kind: "answer", status });
const nothing = () => "";

/** The exchanges of the demonstration, in order. */
export function scenesFor(cast: Cast): readonly Scene[] {
  const officer = { "X-Road-UserId": "officer-17", "X-Road-Issue": "SB-2026-000117" };
  const benefits = { client: subsystem("benefits"), method: "GET", memory: "not-watched" } as const;
  return [
    {
      ...{ ...benefits, title: "Person and address", scenario: 1, service: service("population/persons") },
      ...{ path: `/persons/${cast.parent}`, headers: officer, expected: answer(200), says: personIn },
      notYetChecked: ["legal basis and purpose", "removal of fields that the purpose does not need"],
    },
    {
      ...{ ...benefits, title: "Wages of three months", scenario: 2, service: service("tax/income") },
      ...{ path: `/${cast.parent}?from=2026-01&to=2026-03`, headers: officer, expected: answer(200) },
      says: wagesIn,
      notYetChecked: [
        "purpose `means-test`",
        "use of the decision (caseworker, automated)",
        "limits of the period",
      ],
    },
    {
      ...{ ...benefits, title: "Entitled today, yes or no", scenario: 6, client: subsystem("inspection") },
      ...{ service: service("benefits/entitlements"), path: `/${cast.parent}/today`, expected: answer(200) },
      says: entitledIn,
      notYetChecked: ["that this purpose allows yes or no only: here the agreement's endpoints do"],
    },
    {
      ...{ ...benefits, title: "The whole record instead", scenario: 6, client: subsystem("inspection") },
      ...{ service: service("benefits/entitlements"), path: `/${cast.parent}`, says: nothing },
      expected: { kind: "problem", code: "access_denied", hop: "provider" },
      notYetChecked: ["the refusal does not name the yes-or-no service yet"],
    },
    ...scans(),
    {
      ...{ ...benefits, title: "A bank without an agreement", scenario: 3, client: subsystem("onboarding") },
      ...{ service: service("population/persons"), path: `/persons/${cast.parent}`, says: nothing },
      expected: { kind: "problem", code: "access_denied", hop: "provider" },
      notYetChecked: ["consent: given, withdrawn"],
    },
    {
      ...{ ...benefits, title: "A register that is down", scenario: null, says: nothing },
      ...{ service: service("business/companies"), path: `/${cast.published}`, without: "business-register" },
      expected: { kind: "problem", code: "service_unreachable", hop: "provider" },
      notYetChecked: [],
    },
  ];
}

/** A scanned decision of 100 MiB, fetched and handed in. */
function scans(): Scene[] {
  const client = subsystem("benefits");
  const digest = scanDigest(scan.id, scan.bytes);
  const common = {
    client,
    scenario: 11,
    service: service("population/archive"),
    memory: "watched",
    notYetChecked: ["erasure of a body: bodies are not kept, only their digests"],
  } as const;
  return [
    {
      ...{ ...common, title: "A scanned decision, 100 MiB, fetched", method: "GET", expected: answer(200) },
      path: `/decisions/${scan.id}/scan?bytes=${scan.bytes}`,
      says: ({ sha256 }) => sameDigest(digest, sha256),
    },
    {
      ...{
        ...common,
        title: "A scanned decision, 100 MiB, handed in",
        method: "POST",
        expected: answer(201),
      },
      path: "/decisions",
      body: { type: "application/pdf", length: scan.bytes, blocks: scanBlocks(scan.id, scan.bytes) },
      says: ({ text }) => sameDigest(digest, JSON.parse(text).sha256),
    },
  ];
}

function sameDigest(wanted: string, found: string): string {
  if (wanted !== found) throw new Error(`the SHA-256 is ${found}, not ${wanted}`);
  return `SHA-256 ${wanted.slice(0, 16)}… on both sides`;
}

function personIn({ text }: SystemAnswer): string {
  const { name, birth, address } = JSON.parse(text);
  return `${name.given} ${name.family}, born ${birth.date}; ${address.street} ${address.house}, ${address.town}`;
}

function wagesIn({ text }: SystemAnswer): string {
  const { from, to, totalCents, currency, months } = JSON.parse(text);
  return `${currency} ${(totalCents / 100).toFixed(2)} in ${months.length} months, ${from} to ${to}`;
}

function entitledIn({ text }: SystemAnswer): string {
  const { entitled, on } = JSON.parse(text);
  return `${entitled ? "yes" : "no"}, on ${on}`;
}
