import type { Field } from "../form.ts";
import { routeOf } from "../route-of.ts";
import type { Visit } from "../visit.ts";
import { registrationWords } from "./words.ts";

const listMembers = routeOf("GET /members");

/** Members in whose name whoever is signed in asks the authority: a host does not for those that it hosts. */
export async function ownMembers(visit: Visit): Promise<readonly string[]> {
  const assignments = visit.caller?.assignments ?? [];
  const places = new Set<string>(
    assignments.filter(({ role }) => role === "registration-officer").map(({ place }) => place),
  );
  const { members } = (
    await visit.ask<{ readonly members: readonly { readonly id: string; readonly isOwner: boolean }[] }>(
      listMembers,
    )
  ).body;
  return members
    .filter(({ id, isOwner }) => places.has(id) || (isOwner && places.has("*")))
    .map(({ id }) => id);
}

export function memberField(visit: Visit, members: readonly string[]): Field {
  const { member } = visit.words(registrationWords);
  return { kind: "choice", name: "member", label: member, options: members.map((id) => [id, id]) };
}
