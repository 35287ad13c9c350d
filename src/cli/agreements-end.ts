import { actOnAgreement, agreementOperand, jsonFlag, reasonFlag, sideFlag } from "./agreements-made.ts";
import { type Flag, readArguments } from "./arguments.ts";
import { runningConfigFlag } from "./config-flag.ts";

export const summary = "Ends an agreement for good";

export const description = "Nothing more can be done to it; to go on, ask for another one.";

export const flags = [runningConfigFlag, sideFlag, reasonFlag, jsonFlag] as const satisfies readonly Flag[];

export const operands = agreementOperand;

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  return actOnAgreement("end", named, { reason: given.reason }, given);
}
