import { actOnAgreement, agreementOperand, jsonFlag, reasonFlag, sideFlag } from "./agreements-made.ts";
import { type Flag, readArguments } from "./arguments.ts";
import { runningConfigFlag } from "./config-flag.ts";

export const summary = "Declines the terms of an agreement that are proposed";

export const description =
  "What was in force before stays in force. Where the law orders the access, the provider cannot decline: the terms come into force after the deadline.";

export const flags = [runningConfigFlag, sideFlag, reasonFlag, jsonFlag] as const satisfies readonly Flag[];

export const operands = agreementOperand;

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  return actOnAgreement("decline", named, { reason: given.reason }, given);
}
