import type { ErrorCode } from "../core/error-codes.ts";
import type { Agreement } from "./agreement.ts";

/** A fact that is known, or that only the other side or a later step knows. */
export type Fact<T> = T | "unknown";

/** What a decision is made on. Nothing is looked up from inside. */
export interface Facts {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly endpoint: { readonly method: string; readonly template: string };
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
  { name: "agreement.named",    code: "agreement_mismatch", needs: ["agreements", "named"], keep: ({ sha256 }, { named }) => named === null || named === sha256 },
];

/**
 * The one decision, on both sides and dry: pure, three-valued. It denies on known facts only and permits only when
 * nothing that a rule needs is unknown.
 */
export function decide(facts: Facts): Decision {
  let left = facts.agreements === "unknown" ? [] : facts.agreements;
  const needed = new Set<FactName>();
  const trace: RuleTrace[] = [];
  for (const { name, code, needs, keep } of rules) {
    const unknown = needs.filter((fact) => facts[fact] === "unknown");
    if (unknown.length > 0) {
      for (const fact of unknown) needed.add(fact);
      trace.push({ rule: name, outcome: "unknown" });
      continue;
    }
    left = left.filter((agreement) => keep(agreement, facts));
    trace.push({ rule: name, outcome: left.length > 0 ? "passed" : "failed" });
    if (left.length === 0) return { verdict: "deny", code, rule: name, trace };
  }
  if (needed.size > 0) return { verdict: "open", needed: [...needed], trace };
  return { verdict: "permit", agreement: left[0] as Agreement, trace };
}

/** Whether what an agreement grants has an endpoint in it. */
export function coversEndpoint(
  granted: { readonly method: string; readonly path: string },
  endpoint: Facts["endpoint"],
): boolean {
  const method = granted.method === "*" || granted.method === endpoint.method;
  return method && (granted.path === "/**" || granted.path === endpoint.template);
}
