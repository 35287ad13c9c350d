import type { ErrorCode } from "../core/error-codes.ts";
import type { Agreement } from "./agreement.ts";
import { inVersionRange } from "./version-range.ts";

/** A fact that is known, or that only the other side or a later step knows. */
export type Fact<T> = T | "unknown";

/** What a decision is made on. Nothing is looked up from inside. */
export interface Facts {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly endpoint: { readonly method: string; readonly template: string };
  /** Version of the service's description. */
  readonly version: string;
  /** What the consumer asks for, a purpose of that description; null when it names none. */
  readonly purpose: Fact<{ readonly id: string; readonly revision: number } | null>;
  /** Whether the caller said so itself, or its gateway found that there is only one; null when there is none. */
  readonly purposeSource: Fact<"stated" | "defaulted" | null>;
  /** The agreements between consumer and service. */
  readonly agreements: Fact<readonly Agreement[]>;
  /** Digest of the agreement that the consumer signed for, null when it named none. */
  readonly named: Fact<string | null>;
}

export interface RuleTrace {
  readonly rule: string;
  readonly outcome: "passed" | "failed" | "unknown";
}

/** `open` never passes the provider. */
export type Decision =
  | { readonly verdict: "permit"; readonly agreement: Agreement; readonly trace: readonly RuleTrace[] }
  | {
      readonly verdict: "deny";
      readonly code: ErrorCode;
      readonly rule: string;
      readonly trace: readonly RuleTrace[];
    }
  | { readonly verdict: "open"; readonly needed: readonly string[]; readonly trace: readonly RuleTrace[] };

type FactName = { [Name in keyof Facts]: "unknown" extends Facts[Name] ? Name : never }[keyof Facts];

interface Rule {
  readonly name: string;
  readonly code: ErrorCode;
  /** The facts without which the rule says nothing. */
  readonly needs: readonly FactName[];
  /** Of the agreements that are left, those that this rule lets pass. */
  readonly keep: (agreement: Agreement, facts: Facts) => boolean;
}

const agreements = ["agreements"] as const;

// biome-ignore format: a table is read by its columns
const rules: readonly Rule[] = [
  { name: "agreement.exists",   code: "access_denied",      needs: agreements,              keep: () => true },
  { name: "agreement.validity", code: "access_denied",      needs: agreements,              keep: ({ validity }, { now }) => validity.from <= now && now < validity.to },
  { name: "agreement.endpoint", code: "access_denied",      needs: agreements,              keep: ({ endpoints }, { endpoint }) => endpoints.some((granted) => coversEndpoint(granted, endpoint)) },
  { name: "agreement.version",  code: "version_not_granted", needs: agreements,              keep: ({ serviceVersions }, { version }) => serviceVersions === null || inVersionRange(serviceVersions, version) },
  { name: "agreement.stated",   code: "purpose_not_stated", needs: ["agreements", "purposeSource"], keep: ({ statedPurpose }, { purposeSource }) => statedPurpose === "optional" || purposeSource === "stated" },
  { name: "agreement.purpose",  code: "purpose_not_granted", needs: ["agreements", "purpose"], keep: grantsPurpose },
  { name: "agreement.named",    code: "agreement_mismatch", needs: ["agreements", "named"], keep: ({ sha256 }, { named }) => named === null || named === sha256 },
];

/**
 * The purpose that a call has which names none: where one agreement alone could permit it, and that one is for one
 * purpose alone. Undefined where that is not so.
 */
export function defaultPurpose(
  facts: Omit<Facts, "purpose" | "purposeSource" | "named">,
): string | undefined {
  const { left } = judge({ ...facts, purpose: "unknown", purposeSource: "defaulted", named: "unknown" });
  const [only, another] = left;
  const purposes = only?.purposes ?? [];
  return another === undefined && purposes.length === 1 ? purposes[0]?.id : undefined;
}

/**
 * The one decision, on both sides and dry: pure, three-valued. It denies on known facts only and permits only when
 * nothing that a rule needs is unknown.
 */
export function decide(facts: Facts): Decision {
  const { left, trace, needed, failed } = judge(facts);
  if (failed !== undefined) return { verdict: "deny", code: failed.code, rule: failed.name, trace };
  if (needed.size > 0) return { verdict: "open", needed: [...needed], trace };
  return { verdict: "permit", agreement: left[0] as Agreement, trace };
}

interface Judgement {
  readonly left: readonly Agreement[];
  readonly trace: readonly RuleTrace[];
  readonly needed: ReadonlySet<FactName>;
  readonly failed?: Rule;
}

function judge(facts: Facts): Judgement {
  let left = facts.agreements === "unknown" ? [] : facts.agreements;
  const needed = new Set<FactName>();
  const trace: RuleTrace[] = [];
  for (const rule of rules) {
    const { name, needs, keep } = rule;
    const unknown = needs.filter((fact) => facts[fact] === "unknown");
    if (unknown.length > 0) {
      for (const fact of unknown) needed.add(fact);
      trace.push({ rule: name, outcome: "unknown" });
      continue;
    }
    left = left.filter((agreement) => keep(agreement, facts));
    trace.push({ rule: name, outcome: left.length > 0 ? "passed" : "failed" });
    if (left.length === 0) return { left, trace, needed, failed: rule };
  }
  return { left, trace, needed };
}

function grantsPurpose({ purposes }: Agreement, { purpose }: Facts): boolean {
  if (purposes === null) return true;
  if (purpose === null || purpose === "unknown") return false;
  return purposes.some(
    ({ id, revision = purpose.revision }) => id === purpose.id && revision === purpose.revision,
  );
}

/** Whether what an agreement grants has an endpoint in it. */
export function coversEndpoint(
  granted: { readonly method: string; readonly path: string },
  endpoint: Facts["endpoint"],
): boolean {
  const method = granted.method === "*" || granted.method === endpoint.method;
  return method && (granted.path === "/**" || granted.path === endpoint.template);
}
