import { askManagement, type ManagementCall } from "../assembly/ask-management.ts";
import type { Json } from "../core/canonical-json.ts";
import type { Flag, FlagValues } from "./arguments.ts";
import { jsonFlag } from "./json-flag.ts";
import { askAndTell, managementFlags, managementPlace, tellRefused } from "./management-flags.ts";
import { printedUsers, type ShownUser } from "./users-lines.ts";

/** Flags of what changes a user. */
export const userFlags = [...managementFlags, jsonFlag] as const satisfies readonly Flag[];

/** Flags of what changes one for a reason. */
export const changeUserFlags = [
  ...userFlags,
  { kind: "required", name: "reason", value: "TEXT", description: "Why, for the log; no names of persons." },
] as const satisfies readonly Flag[];

/** The user to change. */
export const userOperand = {
  name: "USER",
  least: 1,
  most: 1,
  description: "The user's id, as `users list` shows it.",
} as const;

/**
 * Changes a user as it is now; refused when somebody else changed it in between.
 * @param path below the user's own
 * @returns the exit code
 */
export async function changeUser(
  user: string,
  change: Pick<ManagementCall, "method"> & { readonly path?: string; readonly body?: Json },
  given: FlagValues<typeof userFlags>,
): Promise<number> {
  const place = managementPlace(given);
  const path = `/users/${encodeURIComponent(user)}`;
  const seen = await askManagement(place, { method: "GET", path });
  if (seen.kind === "refused") return tellRefused(seen);
  const { method, path: below = "", body } = change;
  const call = { method, path: path + below, ...(body !== undefined && { body }), revision: seen.revision! };
  return askAndTell(place, call, (changed: ShownUser) => printedUsers([changed], given));
}
