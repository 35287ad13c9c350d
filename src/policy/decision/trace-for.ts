import type { ErrorCode } from "../../core/error-codes.ts";
import type { Decision, RuleOutcome, RuleTrace } from "../decide.ts";
import type { Reference } from "./reference.ts";
import type { About, Mender } from "./rule.ts";

/** Who reads a trace. */
export type Audience = "consumer" | "provider" | "auditor";

/** What became of a rule, as one reader may see it. */
export interface TraceLine {
  readonly rule: string;
  readonly outcome: RuleOutcome;
  /** With which code it refuses. */
  readonly code: ErrorCode;
  /** What it looked at. */
  readonly inputs: readonly Reference[];
  /** Who can mend it. */
  readonly mends: Mender;
  /** Into the README's chapter on errors. */
  readonly link: string;
}

/** Of which rules each reader sees the outcome of all of them together, and no more. */
const hidden: Readonly<Record<Audience, ReadonlySet<About>>> = {
  consumer: new Set(["person", "restriction"]),
  provider: new Set(["restriction"]),
  auditor: new Set(),
};

/** Rules about a person as one: who lacks what, and whether somebody ever had it, is for that person to tell. */
const personsRule = { rule: "person", code: "permission_required", inputs: [], mends: "person" } as const;

/** What all of them came to: the first of these that one of them has. */
const together: readonly RuleOutcome[] = ["failed", "unknown", "passed", "skipped"];

/** The trace as one reader may see it. Hidden rules are one line, at the place of the first of them. */
export function traceFor({ facts, trace }: Decision, audience: Audience): readonly TraceLine[] {
  const isHidden = ({ rule }: RuleTrace) => hidden[audience].has(rule.about);
  const outcomes = trace.filter(isHidden).map(({ outcome }) => outcome);
  const outcome = together.find((one) => outcomes.includes(one)) ?? "passed";
  const first = trace.find(isHidden);
  return trace
    .filter((step) => step === first || !isHidden(step))
    .map((step) => {
      if (step === first) return { ...personsRule, outcome, link: linkOf(personsRule.code) };
      const { name, code, inputs, mends } = step.rule;
      const looked = inputs(facts, step.agreements);
      return { rule: name, outcome: step.outcome, code, inputs: looked, mends, link: linkOf(code) };
    });
}

/** By which rule, and with which code, a call is refused, as one reader may see it. */
export function refusalFor(
  { failed }: Extract<Decision, { readonly verdict: "deny" }>,
  audience: Audience,
): { readonly code: ErrorCode; readonly rule: string } {
  const { rule, code } = hidden[audience].has(failed.about)
    ? personsRule
    : { rule: failed.name, code: failed.code };
  return { rule, code };
}

/** Where the README explains a code. */
function linkOf(code: ErrorCode): string {
  return `README.md#error-${code}`;
}
