import { type ClientId, memberOf } from "../../core/ids.ts";
import type { ChangeKind, ChangeOf } from "../../message/registration/registration-change.ts";
import { type ChangeRules, member, officer } from "./change-rule.ts";
import type { RegistryState, Taken } from "./registry-state.ts";

type Kinds = Extract<ChangeKind, `group-${string}`>;
type OfGroup = Pick<ChangeOf<"group-member-add">, "group" | "client">;

const membership = ({ client, group }: OfGroup) => ["group-member", inGroup(client, group)] as const;

/** Groups of subsystems that the authority keeps. */
export const groupChanges: ChangeRules<Kinds> = {
  "group-add": {
    object: ({ group }) => ["group", group],
    step: "add",
    signers: () => [[officer]],
    persons: 2,
    automatic: "never",
    make: (state, { group: code, description }) =>
      void state.groups.set(code, { code, description, members: [] }),
  },
  "group-remove": {
    object: ({ group }) => ["group", group],
    step: "remove",
    signers: () => [[officer]],
    persons: 2,
    automatic: "never",
    make: (state, { group }, made) => {
      for (const client of state.group(group).members)
        state.move("group-member", inGroup(client, group), "remove", made);
      state.groups.delete(group);
    },
  },
  "group-member-add": {
    object: membership,
    step: "add",
    signers: ({ client }) => [[member(memberOf(client)), officer]],
    persons: 1,
    automatic: "never",
    make: (state, { group, client }) => {
      state.checkRegistered("subsystem", client);
      const before = state.group(group);
      state.groups.set(group, { ...before, members: [...before.members, client] });
    },
  },
  "group-member-end": {
    object: membership,
    step: "remove",
    signers: ({ client }) => [[member(memberOf(client)), officer]],
    persons: 1,
    automatic: "own",
    make: (state, { group, client }) => leave(state, group, client),
  },
};

/** Takes a subsystem that is registered no more out of all groups. */
export function leaveGroups(state: RegistryState, client: ClientId, taken: Taken): void {
  for (const { code, members } of state.groups.values()) {
    if (!members.includes(client)) continue;
    state.move("group-member", inGroup(client, code), "remove", taken);
    leave(state, code, client);
  }
}

function leave(state: RegistryState, group: string, client: ClientId): void {
  const before = state.group(group);
  state.groups.set(group, { ...before, members: before.members.filter((one) => one !== client) });
}

function inGroup(client: ClientId, group: string): string {
  return `${client} in ${group}`;
}
