import { actOnAgreement, agreementOperand, attributeFlag } from "./agreements-made.ts";
import { type Flag, readArguments } from "./arguments.ts";
import { runningConfigFlag } from "./config-flag.ts";
import { jsonFlag } from "./json-flag.ts";

export const summary = "Declares that the consumer has what a condition of an agreement asks for";

export const description =
  "The consumer's security server signs the declaration. Without it, calls are refused with `agreement_suspended`; " +
  "`agreements withdraw` takes it back.";

export const flags = [runningConfigFlag, attributeFlag, jsonFlag] as const satisfies readonly Flag[];

export const operands = agreementOperand;

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  return actOnAgreement("declare", named, { attribute: given.attribute }, { ...given, as: "consumer" });
}
