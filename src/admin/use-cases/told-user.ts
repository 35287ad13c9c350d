import type { Json } from "../../core/canonical-json.ts";
import type { ApiKey, User } from "../administration/state.ts";
import { line, list, orNull, place, role, time, uuid, whole } from "../api/shapes.ts";

/** How the API shows an API key: never its secret. */
export const shownKey = whole({
  id: uuid,
  name: line,
  assignments: orNull(list(uuid)),
  made: time,
  ends: time,
});
const assignment = whole({ id: uuid, role, place });

/** How the API shows a user: whether somebody signs in by the provider, never as whom. */
export const shownUser = whole({
  ...{ id: uuid, name: line, place, enabled: { type: "boolean" }, signsIn: { type: "boolean" } },
  ...{ roles: list(assignment), keys: list(shownKey) },
});

export const listOfUsers = whole({ users: list(shownUser) });

export function toldUser({ id, name, place: at, enabled, subject, assignments, keys }: User): Json {
  const roles = assignments.map((one) => ({ ...one }));
  return { id, name, place: at, enabled, signsIn: subject !== null, roles, keys: keys.map(toldKey) };
}

export function toldKey({ id, name, assignments, made, ends }: ApiKey): Json {
  return { id, name, assignments, made: timeText(made), ends: timeText(ends) };
}

/** Milliseconds as RFC 3339 in UTC. */
export function timeText(at: number): string {
  return new Date(at).toISOString();
}
