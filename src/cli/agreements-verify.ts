import { actOnAgreement, agreementOperand, attributeFlag } from "./agreements-made.ts";
import { type Flag, readArguments, UsageError } from "./arguments.ts";
import { runningConfigFlag } from "./config-flag.ts";
import { jsonFlag } from "./json-flag.ts";

export const summary = "Vouches, as the provider, for what a condition of an agreement asks of the consumer";

export const description =
  "The provider's security server signs it. From the end on, and after `agreements withdraw`, calls are refused with " +
  "`agreement_suspended` until it vouches again.";

export const flags = [
  runningConfigFlag,
  attributeFlag,
  { kind: "required", name: "until", value: "TIME", description: "Until when, as 2027-12-31T00:00:00Z." },
  jsonFlag,
] as const satisfies readonly Flag[];

export const operands = agreementOperand;

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  const until = Date.parse(given.until);
  if (Number.isNaN(until)) throw new UsageError("--until is no time", "Write 2027-12-31T00:00:00Z.");
  return actOnAgreement("verify", named, { attribute: given.attribute, until }, { ...given, as: "provider" });
}
