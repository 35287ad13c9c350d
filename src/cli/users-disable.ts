import { readArguments } from "./arguments.ts";
import { changeUser, changeUserFlags, userOperand } from "./users-change.ts";

export const summary = "Disables a user: neither sign-in nor API keys count any more";

export const flags = changeUserFlags;

export const operands = userOperand;

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  return changeUser(named[0]!, { method: "PATCH", body: { enabled: false, reason: given.reason } }, given);
}
