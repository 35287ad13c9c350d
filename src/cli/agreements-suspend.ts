import { actOnAgreement, agreementOperand, jsonFlag, reasonFlag, sideFlag } from "./agreements-made.ts";
import { type Flag, readArguments } from "./arguments.ts";
import { runningConfigFlag } from "./config-flag.ts";

export const summary = "Stops all calls under an agreement";

export const description =
  "Consumer, provider and governing authority each have a flag of their own; any of them stops calls, which are refused with `agreement_suspended`. Whoever set one clears it: `agreements resume`.";

export const flags = [runningConfigFlag, sideFlag, reasonFlag, jsonFlag] as const satisfies readonly Flag[];

export const operands = agreementOperand;

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  return actOnAgreement("suspend", named, { reason: given.reason }, given);
}
