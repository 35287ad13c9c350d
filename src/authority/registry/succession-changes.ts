import { SealwayError } from "../../core/errors.ts";
import type { ChangeKind, ChangeOf } from "../../message/registration/registration-change.ts";
import { type ChangeRules, member, officer } from "./change-rule.ts";
import type { RegistryState } from "./registry-state.ts";

type Kinds = Extract<ChangeKind, `succession-${string}`>;
type OfSuccession = Pick<ChangeOf<"succession-add">, "from" | "date">;

const succession = (one: OfSuccession) => ["succession", successionKey(one)] as const;

/**
 * What became of members by law. Two officers always look at it: it says who answers for what a member did.
 */
export const successionChanges: ChangeRules<Kinds> = {
  "succession-add": {
    object: succession,
    step: "add",
    signers: ({ from, to }) => [[...from, ...to.map((one) => one.member)].map(member).concat(officer)],
    persons: 2,
    automatic: "never",
    isGrave: () => true,
    make: (state, { from, to, became, act, date }) => {
      for (const id of [...from, ...to.map((one) => one.member)]) checkWasMember(state, id);
      state.successions.set(successionKey({ from, date }), { kind: became, from, to, act, date });
    },
  },
  "succession-end": {
    object: succession,
    step: "remove",
    signers: () => [[officer]],
    persons: 2,
    automatic: "never",
    isGrave: () => true,
    make: (state, { from, date }) => void state.successions.delete(successionKey({ from, date })),
  },
};

/** By which one stands in the registry: of a member the law says one thing on a day. */
function successionKey({ from, date }: OfSuccession): string {
  return `${[...from].sort().join(" ")} on ${date}`;
}

/** Members of the time before the registry are named in its file. */
function checkWasMember(state: RegistryState, id: string): void {
  const standing = state.stateOf("member", id);
  if (standing === "approved" || standing === "suspended" || standing === "removed") return;
  throw new SealwayError("transition_refused", `${id} never was a member`);
}
