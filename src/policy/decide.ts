import type { Agreement } from "./agreement.ts";
import type { FactName, Facts } from "./decision/facts.ts";
import type { Rule } from "./decision/rule.ts";
import { rules } from "./decision/rules.ts";

/** What became of one rule. `skipped`: emergency access passes it by. */
export type RuleOutcome = "passed" | "failed" | "unknown" | "skipped";

export interface RuleTrace {
  readonly rule: Rule;
  readonly outcome: RuleOutcome;
  /** The agreements that the rules before had left. */
  readonly agreements: readonly Agreement[];
}

/** Every verdict is explained: `trace-for.ts` has the trace as its readers may see it. */
interface Explained {
  readonly facts: Facts;
  readonly trace: readonly RuleTrace[];
}

interface Permit extends Explained {
  readonly verdict: "permit";
  /** By which it is permitted: the first of `agreements`. */
  readonly agreement: Agreement;
  /** All by which it could be. */
  readonly agreements: readonly Agreement[];
}

interface Deny extends Explained {
  readonly verdict: "deny";
  readonly failed: Rule;
}

interface Open extends Explained {
  readonly verdict: "open";
  readonly needed: readonly FactName[];
  /** Those by which it could still be permitted. */
  readonly agreements: readonly Agreement[];
}

/** `open` never passes the provider. */
export type Decision = Permit | Deny | Open;

/**
 * The purpose that a call has which names none: where one agreement alone could permit it, and that one is for one
 * purpose alone. Undefined where that is not so.
 */
export function defaultPurpose(facts: Facts): string | undefined {
  const unknown = { purpose: "unknown", lawfulBasis: "unknown", decisionUse: "unknown" } as const;
  const { left } = judge({ ...facts, ...unknown, purposeSource: "defaulted", named: "unknown" });
  const [only, another] = left;
  const purposes = only?.purposes ?? [];
  return another === undefined && purposes.length === 1 ? purposes[0]?.id : undefined;
}

/**
 * The one decision, on both sides and dry: pure, three-valued. It denies on known facts only and permits only when
 * nothing that a rule needs is unknown.
 */
export function decide(facts: Facts): Decision {
  const { left: agreements, trace, needed, failed } = judge(facts);
  if (failed !== undefined) return { verdict: "deny", failed, facts, trace };
  if (needed.length > 0) return { verdict: "open", needed, agreements, facts, trace };
  return { verdict: "permit", agreement: agreements[0] as Agreement, agreements, facts, trace };
}

interface Judgement {
  readonly left: readonly Agreement[];
  readonly trace: readonly RuleTrace[];
  readonly needed: readonly FactName[];
  readonly failed?: Rule;
}

const noAgreements: readonly Agreement[] = [];

/** On the path of every call: a rule costs one object, whatever a reader of the trace will be told. */
function judge(facts: Facts): Judgement {
  let agreements = facts.agreements === "unknown" ? noAgreements : facts.agreements;
  const needed: FactName[] = [];
  const trace: RuleTrace[] = [];
  for (const rule of rules) {
    if (rule.inEmergency === "skipped" && facts.emergency !== null) {
      trace.push({ rule, outcome: "skipped", agreements });
      continue;
    }
    if (noteUnknown(rule, facts, needed)) {
      trace.push({ rule, outcome: "unknown", agreements });
      continue;
    }
    const left = rule.judge(agreements, facts);
    trace.push({ rule, outcome: left === undefined ? "failed" : "passed", agreements });
    if (left === undefined) return { left: noAgreements, trace, needed, failed: rule };
    agreements = left;
  }
  return { left: agreements, trace, needed };
}

/** Notes the facts that a rule lacks. @returns whether there are any */
function noteUnknown({ needs }: Rule, facts: Facts, needed: FactName[]): boolean {
  let lacks = false;
  for (const fact of needs) {
    if (facts[fact] !== "unknown") continue;
    lacks = true;
    if (!needed.includes(fact)) needed.push(fact);
  }
  return lacks;
}
