import type { Agreement, AgreementStanding } from "../agreement.ts";
import type { AgreementHistory, Proposal, StatedAttribute, Terms } from "./agreement-history.ts";
import type { AgreementState } from "./agreement-transitions.ts";

/**
 * Where an agreement stands at a time: what the law puts into force needs no act.
 * @param now milliseconds
 */
export function stateAt({ state, proposal }: AgreementHistory, now: number): AgreementState {
  const isInForceByLaw = proposal?.deadline != null && proposal.deadline <= now;
  return isInForceByLaw && (state === "requested" || state === "change-requested") ? "approved" : state;
}

/** The terms that are in force at a time; null when there are none. @param now milliseconds */
export function termsAt({ state, inForce, proposal }: AgreementHistory, now: number): Terms | null {
  if (state === "declined" || state === "ended") return null;
  if (proposal?.deadline != null && proposal.deadline <= now) return proposal;
  return inForce;
}

/**
 * What calls may rely on after these acts, as agreements: the terms in force, and those that the law will put in their
 * place, each from its time on. Suspended ones are among them, and say by whom.
 */
export function agreementsAfter(history: AgreementHistory): readonly Agreement[] {
  const { inForce, proposal, state } = history;
  if (state === "declined" || state === "ended") return [];
  const deadline = proposal?.deadline ?? Number.POSITIVE_INFINITY;
  const current = inForce === null ? [] : [within(inForce, history, 0, deadline)];
  const ordered =
    proposal?.deadline == null ? [] : [within(proposal, history, deadline, Number.POSITIVE_INFINITY)];
  return [...current, ...ordered].filter(({ validity }) => validity.from < validity.to);
}

function within(
  { agreement }: Terms | Proposal,
  history: AgreementHistory,
  from: number,
  to: number,
): Agreement {
  const { validity } = agreement;
  return {
    ...agreement,
    validity: { from: Math.max(validity.from, from), to: Math.min(validity.to, to) },
    standing: standingOf(agreement, history),
  };
}

/** Who suspends terms, and until when the consumer meets their conditions; what the authority certifies stands elsewhere. */
export function standingOf(
  { conditions = [] }: Agreement,
  { attributes, suspended }: Pick<AgreementHistory, "attributes" | "suspended">,
): AgreementStanding {
  const parties = ["consumer", "provider"] as const;
  const ends = conditions.flatMap(({ attribute, kind }) =>
    kind === "certified" ? [] : [endOf(attributes.get(attribute), kind)],
  );
  return {
    suspendedBy: parties.filter((party) => suspended[party] !== null),
    conditionsUntil: Math.min(Number.POSITIVE_INFINITY, ...ends),
  };
}

const saidBy = { declared: "consumer", verified: "provider" } as const;

/** What nobody said, or the wrong side, ended before it began. */
function endOf(said: StatedAttribute | undefined, kind: keyof typeof saidBy): number {
  return said?.by === saidBy[kind] ? said.until : 0;
}
