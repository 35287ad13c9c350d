import { readArguments } from "./arguments.ts";
import { changeUser, changeUserFlags, userOperand } from "./users-change.ts";

export const summary = "Enables a user again";

export const flags = changeUserFlags;

export const operands = userOperand;

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  return changeUser(named[0]!, { method: "PATCH", body: { enabled: true, reason: given.reason } }, given);
}
