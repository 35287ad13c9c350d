import { readArguments } from "./arguments.ts";
import { askAndTell, managementFlags, managementPlace } from "./management-flags.ts";
import { pathOfUser } from "./users-key.ts";

export const summary = "Ends an API key at once";

export const flags = managementFlags;

export const operands = {
  name: "USER KEY",
  least: 2,
  most: 2,
  description: "The user's id, or me; and the key's id, as `users list` shows it.",
} as const;

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  const [user, key] = named as readonly [string, string];
  const path = `${pathOfUser(user)}/keys/${encodeURIComponent(key)}`;
  return askAndTell(managementPlace(given), { method: "DELETE", path }, () => "ended\n");
}
