import { SealwayError } from "../../core/errors.ts";
import type { MemberId } from "../../core/ids.ts";
import type { RegisteredSeal } from "../../message/registration/registered.ts";
import type { ChangeKind } from "../../message/registration/registration-change.ts";
import { type ChangeRules, key, member, officer } from "./change-rule.ts";
import { fingerprintOf, type RegistryState } from "./registry-state.ts";
import { historyUntil, laterEntry } from "./seal-history.ts";

type Kinds = Extract<ChangeKind, `seal-${string}`>;

export const sealChanges: ChangeRules<Kinds> = {
  "seal-add": {
    object: ({ certificate }) => ["seal", fingerprintOf(certificate)],
    step: "add",
    // Officers act for a member whose seals have all expired.
    signers: ({ member: id, certificate }) => [[member(id), officer], [key(fingerprintOf(certificate))]],
    persons: 1,
    automatic: "named in certificate",
    make: (state, { member: id, certificate, servers }, { time }) => {
      if (state.stateOf("member", id) !== "approved")
        throw new SealwayError("transition_refused", `the member ${id} is ${state.stateOf("member", id)}`);
      const history = [laterEntry({ history: [] }, "granted", time)];
      state.seals.set(fingerprintOf(certificate), { member: id, certificate, servers, history });
    },
  },
  "seal-servers": {
    object: ({ fingerprint }) => ["seal", fingerprint],
    step: "change",
    signers: ({ member: id }) => [[member(id)]],
    persons: 1,
    automatic: "own",
    make: (state, { member: id, fingerprint, servers }) =>
      void state.seals.set(fingerprint, { ...sealOf(state, id, fingerprint), servers }),
  },
  "seal-end": {
    object: ({ fingerprint }) => ["seal", fingerprint],
    step: "remove",
    signers: ({ member: id }) => [[member(id), officer]],
    persons: 1,
    automatic: "own",
    // Who back-dates it takes the proof from what others rely on: a thief could, and so could who regrets a signature.
    isGrave: ({ compromisedFrom, fingerprint }, { state, time, compromiseBack }) =>
      compromisedFrom !== undefined &&
      (Date.parse(compromisedFrom) < time - compromiseBack || hasEnded(state, fingerprint)),
    check: (state, { member: id, fingerprint, compromisedFrom }, { time }) => {
      const seal = sealOf(state, id, fingerprint);
      // A suspension withdraws a seal, too, and does not end it.
      if (state.standing("seal", fingerprint)?.removed !== undefined) checkGoesBack(seal, compromisedFrom);
      if (compromisedFrom !== undefined && Date.parse(compromisedFrom) > time)
        throw new SealwayError(
          "transition_refused",
          `compromised from ${compromisedFrom} on: that is yet to come`,
        );
    },
    make: (state, { member: id, fingerprint, compromisedFrom }, { time }) => {
      const seal = sealOf(state, id, fingerprint);
      const history = historyUntil(seal, time);
      const ended =
        compromisedFrom === undefined
          ? [...history, laterEntry({ history }, "withdrawn", time)]
          : compromised(seal, compromisedFrom);
      state.seals.set(fingerprint, { ...seal, history: ended });
    },
  },
};

function sealOf(state: RegistryState, member: MemberId, fingerprint: string): RegisteredSeal {
  const seal = state.seal(fingerprint);
  if (seal.member === member) return seal;
  throw new SealwayError("certificate_wrong_member", `the seal ${fingerprint} is not of ${member}`);
}

function hasEnded(state: RegistryState, fingerprint: string): boolean {
  return state.stateOf("seal", fingerprint) === "removed";
}

/** What has ended can only turn out to have been in other hands before. */
function checkGoesBack({ history }: RegisteredSeal, from: string | undefined): void {
  const { state, from: since } = history.at(-1)!;
  if (from !== undefined && Date.parse(from) < Date.parse(since)) return;
  throw new SealwayError("transition_refused", `the seal is ${state} since ${since}: name an earlier time`);
}

/** From then on nothing it signed proves anything: what was said of later times before does not count. */
function compromised({ history }: RegisteredSeal, from: string): RegisteredSeal["history"] {
  const earlier = history.filter((entry) => Date.parse(entry.from) < Date.parse(from));
  return [...earlier, { state: "compromised", from }];
}
