import { SealwayError } from "../../core/errors.ts";
import { type MemberId, memberOf } from "../../core/ids.ts";
import type { RegisteredMember } from "../../message/registration/registered.ts";
import { type ChangeRules, type Made, member, officer } from "./change-rule.ts";
import { leaveGroups } from "./group-changes.ts";
import type { RegistryState } from "./registry-state.ts";
import { historyUntil, laterEntry } from "./seal-history.ts";
import { leaveServer } from "./server-clients.ts";

type Kinds =
  | "member-add"
  | "member-rename"
  | "member-suspend"
  | "member-resume"
  | "member-remove"
  | "subsystem-add"
  | "subsystem-remove"
  | "attribute-certify"
  | "attribute-end";

export const memberChanges: ChangeRules<Kinds> = {
  "member-add": {
    object: ({ member }) => ["member", member],
    step: "add",
    signers: ({ member: id }) => [[member(id)]],
    persons: 2,
    automatic: "never",
    make: (state, { member: id, name }) => void state.members.set(id, { id, name, subsystems: [] }),
  },
  "member-rename": {
    object: ({ member }) => ["member", member],
    step: "change",
    signers: ({ member: id }) => [[member(id)]],
    persons: 1,
    automatic: "never",
    make: (state, { member: id, name }) => change(state, id, { name }),
  },
  "member-suspend": {
    object: ({ member }) => ["member", member],
    step: "suspend",
    signers: () => [[officer]],
    persons: 1,
    automatic: "never",
    make: (state, { member: id }, made) => suspendSeals(state, id, made),
  },
  "member-resume": {
    object: ({ member }) => ["member", member],
    step: "resume",
    signers: () => [[officer]],
    persons: 1,
    automatic: "never",
    make: (state, { member: id }, made) => resumeSeals(state, id, made),
  },
  "member-remove": {
    object: ({ member }) => ["member", member],
    step: "remove",
    signers: ({ member: id }) => [[member(id), officer]],
    persons: 2,
    automatic: "never",
    make: removeMember,
  },
  "subsystem-add": {
    object: ({ subsystem }) => ["subsystem", subsystem],
    step: "add",
    signers: ({ subsystem }) => [[member(memberOf(subsystem))]],
    persons: 1,
    automatic: "never",
    make: (state, { subsystem: id, name }) => {
      const of = memberOf(id);
      change(state, of, { subsystems: [...state.member(of).subsystems, { id, name }] });
    },
  },
  "subsystem-remove": {
    object: ({ subsystem }) => ["subsystem", subsystem],
    step: "remove",
    signers: ({ subsystem }) => [[member(memberOf(subsystem)), officer]],
    persons: 1,
    automatic: "own",
    make: (state, { subsystem }, made) => {
      const of = memberOf(subsystem);
      change(state, of, { subsystems: state.member(of).subsystems.filter(({ id }) => id !== subsystem) });
      leaveServer(state, subsystem, made);
      leaveGroups(state, subsystem, made);
    },
  },
  "attribute-certify": {
    object: ({ member, attribute }) => ["attribute", `${member} ${attribute}`],
    step: "add",
    signers: () => [[officer]],
    persons: 2,
    automatic: "never",
    make: (state, { member: id, attribute: name, until }) => {
      const { attributes = [] } = state.member(id);
      change(state, id, { attributes: [...attributes, { name, until }] });
    },
  },
  "attribute-end": {
    object: ({ member, attribute }) => ["attribute", `${member} ${attribute}`],
    step: "remove",
    signers: ({ member: id }) => [[member(id), officer]],
    persons: 1,
    automatic: "never",
    make: (state, { member: id, attribute }) => {
      const { attributes = [] } = state.member(id);
      change(state, id, { attributes: attributes.filter(({ name }) => name !== attribute) });
    },
  },
};

/** What is to be done to the member must be possible: one that is removed has no more systems. */
function change(state: RegistryState, id: MemberId, to: Partial<RegisteredMember>): void {
  const before = state.member(id);
  state.checkRegistered("member", id);
  state.members.set(id, { ...before, ...to });
}

/**
 * Without its seals nobody speaks for a member; what they signed before stays proven. One that was to end later ends now,
 * for good. One that is to be good only later is so no earlier, should the member be back by then.
 */
function suspendSeals(state: RegistryState, id: MemberId, { time }: Made): void {
  for (const [fingerprint, seal] of state.seals) {
    if (seal.member !== id) continue;
    const past = historyUntil(seal, time);
    const isGranted = past.at(-1)?.state === "granted";
    const planned = seal.history.slice(past.length);
    if (!isGranted && !planned.some((one) => one.state === "granted")) continue;
    const last = seal.history.at(-1)!;
    const comesBack = last.state === "granted";
    const history = comesBack && !isGranted ? [...past, last] : past;
    const withdrawn = laterEntry({ history }, "withdrawn", time);
    state.seals.set(fingerprint, { ...seal, history: [...history, withdrawn] });
    if (comesBack) state.noteSuspension("seal", fingerprint, "authority");
  }
}

/** Those come back that the suspension withdrew, and that nobody ended meanwhile. */
function resumeSeals(state: RegistryState, id: MemberId, made: Made): void {
  for (const [fingerprint, seal] of state.seals) {
    if (seal.member !== id || state.standing("seal", fingerprint)?.suspendedBy === undefined) continue;
    const history = [...seal.history, laterEntry(seal, "granted", made.time)];
    state.seals.set(fingerprint, { ...seal, history });
    state.noteSuspension("seal", fingerprint, undefined);
  }
}

function removeMember(state: RegistryState, { member: id }: { readonly member: MemberId }, made: Made): void {
  for (const { id: server, owner } of state.servers.values()) {
    if (owner === id)
      throw new SealwayError("transition_refused", `the member ${id} still owns the server ${server}`);
  }
  leaveServer(state, id as string as never, made);
  for (const { id: subsystem } of state.member(id).subsystems) {
    state.move("subsystem", subsystem, "remove", made);
    leaveServer(state, subsystem, made);
    leaveGroups(state, subsystem, made);
  }
  for (const [fingerprint, seal] of state.seals) {
    if (seal.member !== id) continue;
    if (state.stateOf("seal", fingerprint) === "approved") state.move("seal", fingerprint, "remove", made);
    state.seals.delete(fingerprint);
  }
  state.members.delete(id);
}
