import { actOnAgreement, agreementOperand, attributeFlag, reasonFlag, sideFlag } from "./agreements-made.ts";
import { type Flag, readArguments } from "./arguments.ts";
import { runningConfigFlag } from "./config-flag.ts";
import { jsonFlag } from "./json-flag.ts";

export const summary = "Takes back what this side declared or vouched for";

export const description =
  "The condition is not met any more, and calls under the agreement are refused with `agreement_suspended`.";

export const flags = [
  runningConfigFlag,
  sideFlag,
  attributeFlag,
  reasonFlag,
  jsonFlag,
] as const satisfies readonly Flag[];

export const operands = agreementOperand;

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  const { attribute, reason } = given;
  return actOnAgreement("withdraw", named, { attribute, reason }, given);
}
