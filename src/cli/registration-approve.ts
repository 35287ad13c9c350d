import { type Flag, readArguments } from "./arguments.ts";
import { officerFiles, officerFlags } from "./officer-flags.ts";
import { decideOnRequest } from "./registration-decide.ts";
import { authorityFlag, requestOperand } from "./registration-flags.ts";

export const summary = "Approves a registration request, as an officer of the governing authority";

export const description =
  "Prints what is approved, and how it stands then: a new member, a removal, another owner and a certified attribute " +
  "need two officers, none of whom asked for it. What is approved is published at once.";

export const flags = [authorityFlag, ...officerFlags] as const satisfies readonly Flag[];

export const operands = requestOperand;

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  return decideOnRequest(named[0]!, { decision: "approve" }, officerFiles(given), given.authority);
}
