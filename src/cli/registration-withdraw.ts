import { type Flag, readArguments } from "./arguments.ts";
import { officerFiles, officerFlags } from "./officer-flags.ts";
import { decideOnRequest } from "./registration-decide.ts";
import { authorityFlag, requestOperand } from "./registration-flags.ts";

export const summary = "Withdraws a registration request that waits";

export const description =
  "Signed by a seal of a member that has signed the request, given in the place of an officer's certificate.";

export const flags = [authorityFlag, ...officerFlags] as const satisfies readonly Flag[];

export const operands = requestOperand;

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  return decideOnRequest(named[0]!, { decision: "withdraw" }, officerFiles(given), given.authority);
}
