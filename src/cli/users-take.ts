import { readArguments } from "./arguments.ts";
import { changeUser, userFlags } from "./users-change.ts";

export const summary = "Takes a role from a user";

export const flags = userFlags;

export const operands = {
  name: "USER ASSIGNMENT",
  least: 2,
  most: 2,
  description: "The user's id, and the id that `users list` shows behind the role.",
} as const;

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  const [user, assignment] = named as readonly [string, string];
  return changeUser(user, { method: "DELETE", path: `/roles/${encodeURIComponent(assignment)}` }, given);
}
