import type { Change, ChangeKind } from "../../message/registration/registration-change.ts";
import { agreementChanges } from "./agreement-changes.ts";
import type { ChangeRule, ChangeRules, Made } from "./change-rule.ts";
import { groupChanges } from "./group-changes.ts";
import { memberChanges } from "./member-changes.ts";
import { officerChanges } from "./officer-changes.ts";
import type { RegistryState, Taken } from "./registry-state.ts";
import { sealChanges } from "./seal-changes.ts";
import { serverChanges } from "./server-changes.ts";
import { successionChanges } from "./succession-changes.ts";

/** Every kind of change: what it is about, who signs it, how many approve it, what it makes. */
export const changeRules: ChangeRules = {
  ...memberChanges,
  ...sealChanges,
  ...serverChanges,
  ...officerChanges,
  ...groupChanges,
  ...agreementChanges,
  ...successionChanges,
};

/** The rule of a change; that it is the one of its kind, the table's type says. */
export function ruleOf<Kind extends ChangeKind>(change: { readonly kind: Kind }): ChangeRule<Kind> {
  return changeRules[change.kind];
}

/** Notes what a request wants to make, which nobody else can ask for meanwhile. @throws SealwayError `transition_refused` */
export function noteAdditions(
  state: RegistryState,
  changes: readonly Change[],
  step: "save" | "request" | "lapse",
  taken: Taken,
): void {
  for (const change of changes) {
    const rule = ruleOf(change);
    if (rule.step === "add") state.move(...rule.object(change as never), step, taken);
  }
}

/**
 * Makes one change of a request that was approved and whose additions were noted.
 * @throws SealwayError `transition_refused` when what there is does not allow it
 */
export function makeChange(state: RegistryState, change: Change, made: Made): void {
  takeStep(state, change, made);
  ruleOf(change).make(state, change as never, made);
}

/** As `makeChange`, for what is not kept yet. @throws SealwayError also `registration_refused` */
export function makeProposed(state: RegistryState, change: Change, made: Made): void {
  const rule = ruleOf(change);
  takeStep(state, change, made);
  rule.check?.(state, change as never, made);
  rule.make(state, change as never, made);
}

function takeStep(state: RegistryState, change: Change, made: Made): void {
  const rule = ruleOf(change);
  state.move(...rule.object(change as never), rule.step === "add" ? "approve" : rule.step, made);
}
