import { toJson } from "./json-flag.ts";
import { printedTable } from "./table-lines.ts";

/** A user as the management API shows one. */
export interface ShownUser {
  readonly id: string;
  readonly name: string;
  readonly place: string;
  readonly enabled: boolean;
  readonly signsIn: boolean;
  readonly roles: readonly { readonly id: string; readonly role: string; readonly place: string }[];
  readonly keys: readonly { readonly id: string; readonly name: string; readonly ends: string }[];
}

const heads = ["id", "name", "of", "state", "roles", "API keys"];

/** @param given whether JSON is asked for */
export function printedUsers(users: readonly ShownUser[], { json }: { readonly json: boolean }): string {
  return json ? toJson(users) : printedTable(heads, users.map(rowOf));
}

function rowOf({ id, name, place, enabled, signsIn, roles, keys }: ShownUser): string[] {
  const held = roles.map((one) => `${one.role} of ${one.place} (${one.id})`);
  const made = keys.map((one) => `${one.name} until ${one.ends} (${one.id})`);
  const state = `${enabled ? "enabled" : "disabled"}${signsIn ? ", signs in" : ""}`;
  return [id, name, place, state, held.join("; ") || "none", made.join("; ") || "none"];
}
