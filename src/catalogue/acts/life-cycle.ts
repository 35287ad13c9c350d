import { SealwayError } from "../../core/errors.ts";
import type { LifeState } from "../service-standing.ts";
import type { ActWord } from "./service-act.ts";

/** `absent`: nobody has published the version; until then it is its developer's draft. */
export type VersionState = LifeState | "absent";

/** `stays`: the state is the same; `back`: what it was before it was suspended; `no`: the act is refused. */
type Step = LifeState | "stays" | "back" | "no";

// biome-ignore format: a table is read by its columns
const steps: Readonly<Record<VersionState, Readonly<Record<ActWord, Step>>>> = {
  absent:     { publish: "published", deprecate: "no",         suspend: "no",        resume: "no",   archive: "no",       narrow: "no",    observe: "no" },
  published:  { publish: "no",        deprecate: "deprecated", suspend: "suspended", resume: "no",   archive: "no",       narrow: "stays", observe: "stays" },
  deprecated: { publish: "no",        deprecate: "no",         suspend: "suspended", resume: "no",   archive: "archived", narrow: "stays", observe: "stays" },
  suspended:  { publish: "no",        deprecate: "no",         suspend: "no",        resume: "back", archive: "archived", narrow: "stays", observe: "no" },
  archived:   { publish: "no",        deprecate: "no",         suspend: "no",        resume: "no",   archive: "no",       narrow: "no",    observe: "no" },
};

/**
 * The state after an act.
 * @param before the state before it was suspended
 * @throws SealwayError `transition_refused`
 */
export function stateAfter(state: VersionState, word: ActWord, before: LifeState): LifeState {
  const step = steps[state][word];
  if (step === "no") {
    const possible = Object.entries(steps[state]).flatMap(([other, next]) => (next === "no" ? [] : [other]));
    const instead =
      possible.length === 0 ? "nothing more can be done to it" : `what can be done: ${possible.join(", ")}`;
    throw new SealwayError("transition_refused", `${word} is not for a version that is ${state}; ${instead}`);
  }
  // The first state of a version is `published`, so it is never absent after an act.
  if (step === "stays") return state as LifeState;
  return step === "back" ? before : step;
}
