import { roles } from "../admin/roles.ts";
import { type Flag, readArguments } from "./arguments.ts";
import { changeUser, changeUserFlags } from "./users-change.ts";

export const summary = "Gives a user a role";

export const description =
  "Nobody gives themselves a role, nor a user whom they made within the last seven days to their own ends.";

export const flags = [
  ...changeUserFlags,
  {
    kind: "text",
    name: "for",
    value: "MEMBER",
    default: "*",
    description: "For which member, INSTANCE/CLASS/MEMBER; * for the server itself.",
  },
] as const satisfies readonly Flag[];

export const operands = {
  name: "USER ROLE",
  least: 2,
  most: 2,
  description: `The user's id, and one of: ${roles.join(", ")}.`,
} as const;

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  const [user, role] = named as readonly [string, string];
  const body = { role, place: given.for, reason: given.reason };
  return changeUser(user, { method: "POST", path: "/roles", body }, given);
}
