import { SealwayError } from "../../core/errors.ts";
import type { AgreementActWord, AgreementSide } from "./agreement-act.ts";

/**
 * Where an agreement stands. `requested`: nothing is in force, and terms are proposed; `approved`: its terms are in
 * force, unless a flag suspends them; `change-requested`: so they are, and others are proposed.
 */
export type AgreementState = "requested" | "approved" | "change-requested" | "declined" | "ended";

/** `absent`: nobody has asked for it. */
export type AgreementStateBefore = AgreementState | "absent";

/** `stays`: the state is the same; `no`: the act is refused. */
type Step = AgreementState | "stays" | "no";

// biome-ignore format: a table is read by its columns
const steps: Readonly<Record<AgreementStateBefore, Readonly<Record<AgreementActWord, Step>>>> = {
  absent:             { request: "requested", approve: "no",       decline: "no",       change: "no",               suspend: "no",    resume: "no",    end: "no",    declare: "no",    verify: "no",    withdraw: "no" },
  requested:          { request: "no",        approve: "approved", decline: "declined", change: "stays",            suspend: "stays", resume: "stays", end: "ended", declare: "stays", verify: "stays", withdraw: "stays" },
  approved:           { request: "no",        approve: "no",       decline: "no",       change: "change-requested", suspend: "stays", resume: "stays", end: "ended", declare: "stays", verify: "stays", withdraw: "stays" },
  "change-requested": { request: "no",        approve: "approved", decline: "approved", change: "stays",            suspend: "stays", resume: "stays", end: "ended", declare: "stays", verify: "stays", withdraw: "stays" },
  declined:           { request: "no",        approve: "no",       decline: "no",       change: "no",               suspend: "no",    resume: "no",    end: "no",    declare: "no",    verify: "no",    withdraw: "no" },
  ended:              { request: "no",        approve: "no",       decline: "no",       change: "no",               suspend: "no",    resume: "no",    end: "no",    declare: "no",    verify: "no",    withdraw: "no" },
};

const sides = ["consumer", "provider"] as const;

/** Whose act it may be. */
const makers: Readonly<Record<AgreementActWord, readonly AgreementSide[]>> = {
  request: ["consumer"],
  approve: sides,
  decline: sides,
  change: sides,
  suspend: sides,
  resume: sides,
  end: sides,
  declare: ["consumer"],
  verify: ["provider"],
  withdraw: sides,
};

/**
 * The state after an act.
 * @throws SealwayError `transition_refused` for one that the state does not allow; `access_denied` for one that is not
 *   this side's to make
 */
export function agreementStateAfter(
  state: AgreementStateBefore,
  word: AgreementActWord,
  by: AgreementSide,
): AgreementState {
  if (!makers[word].includes(by))
    throw new SealwayError("access_denied", `${word} is an act of the ${makers[word].join(" or the ")}`);
  const step = steps[state][word];
  if (step === "no") {
    const possible = Object.entries(steps[state]).flatMap(([other, next]) => (next === "no" ? [] : [other]));
    const instead =
      possible.length === 0 ? "nothing more can be done to it" : `what can be done: ${possible.join(", ")}`;
    throw new SealwayError(
      "transition_refused",
      `${word} is not for an agreement that is ${state}; ${instead}`,
    );
  }
  // Nothing stays absent: the only act on what is not there is a request.
  return step === "stays" ? (state as AgreementState) : step;
}
