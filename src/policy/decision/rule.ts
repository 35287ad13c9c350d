import type { ErrorCode } from "../../core/error-codes.ts";
import type { Agreement } from "../agreement.ts";
import type { FactName, Facts, KnownFacts } from "./facts.ts";
import type { Reference } from "./reference.ts";

/** What a rule is about: the call and the grants of its two parties, a person's own acts, or a restriction. */
export type About = "call" | "person" | "restriction";

/** Who can mend what the rule finds. */
export type Mender = "consumer" | "provider" | "authority" | "person";

/** What every rule says of itself. */
interface RuleTerms<Needed extends FactName> {
  readonly name: string;
  readonly code: ErrorCode;
  /** The facts without which the rule says nothing; it may read no other that could be unknown. */
  readonly needs: readonly Needed[];
  /** What it looks at: ids, revisions and digests, never values. Asked only where a trace is read. */
  readonly inputs: (facts: Facts, agreements: readonly Agreement[]) => readonly Reference[];
  readonly about: About;
  readonly mends: Mender;
  /** Whether emergency access passes it by. */
  readonly inEmergency: "holds" | "skipped";
}

/** A rule of the decision, whatever facts it needs. */
export interface Rule extends RuleTerms<FactName> {
  /**
   * The agreements by which the call can still be permitted; undefined when the rule forbids it.
   * @param agreements those that the rules before have left; none while they are unknown
   */
  readonly judge: (agreements: readonly Agreement[], facts: Facts) => readonly Agreement[] | undefined;
}

/** A rule that each agreement passes or not: of those that are left, one has to. It needs the agreements as well. */
export function eachAgreement<Needed extends FactName>(
  terms: RuleTerms<Needed> & {
    readonly keep: (agreement: Agreement, facts: KnownFacts<NoInfer<Needed>>) => boolean;
  },
): Rule {
  const { keep, ...rest } = terms;
  const judge: Rule["judge"] = (agreements, facts) => {
    const isLeft = (agreement: Agreement) => keep(agreement, facts as KnownFacts<Needed>);
    // One agreement is usual, and most rules leave it.
    const left = agreements.every(isLeft) ? agreements : agreements.filter(isLeft);
    return left.length > 0 ? left : undefined;
  };
  return { ...rest, needs: ["agreements", ...terms.needs], judge };
}

/** A rule about one thing, which holds or not, by whatever agreement the call is. */
export function oneThing<Needed extends FactName>(
  terms: RuleTerms<Needed> & { readonly holds: (facts: KnownFacts<NoInfer<Needed>>) => boolean },
): Rule {
  const { holds, ...rest } = terms;
  const judge: Rule["judge"] = (agreements, facts) =>
    holds(facts as KnownFacts<Needed>) ? agreements : undefined;
  return { ...rest, judge };
}
