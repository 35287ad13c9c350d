import { actOnAgreement, agreementOperand, jsonFlag, reasonFlag, sideFlag } from "./agreements-made.ts";
import { type Flag, readArguments } from "./arguments.ts";
import { runningConfigFlag } from "./config-flag.ts";

export const summary = "Ends this side's suspension of an agreement";

export const description = "Calls go on when no other party suspends it and its conditions are met.";

export const flags = [runningConfigFlag, sideFlag, reasonFlag, jsonFlag] as const satisfies readonly Flag[];

export const operands = agreementOperand;

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  return actOnAgreement("resume", named, { reason: given.reason }, given);
}
