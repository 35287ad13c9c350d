import { actOnAgreement, agreementOperand, sideFlag } from "./agreements-made.ts";
import { type Flag, readArguments } from "./arguments.ts";
import { runningConfigFlag } from "./config-flag.ts";
import { jsonFlag } from "./json-flag.ts";

export const summary = "Approves the terms of an agreement that the other side proposes";

export const description =
  "The running security server signs the approval with the member's seal and tells the other side; the terms are in force for the next call on both.";

export const flags = [runningConfigFlag, sideFlag, jsonFlag] as const satisfies readonly Flag[];

export const operands = agreementOperand;

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  return actOnAgreement("approve", named, {}, given);
}
