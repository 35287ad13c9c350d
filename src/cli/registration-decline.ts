import { type Flag, readArguments } from "./arguments.ts";
import { officerFiles, officerFlags } from "./officer-flags.ts";
import { decideOnRequest } from "./registration-decide.ts";
import { authorityFlag, requestOperand } from "./registration-flags.ts";

export const summary = "Declines a registration request, as an officer of the governing authority";

export const flags = [
  authorityFlag,
  ...officerFlags,
  {
    kind: "required",
    name: "reason",
    value: "TEXT",
    description: "Why, for whoever asked; no names of persons.",
  },
] as const satisfies readonly Flag[];

export const operands = requestOperand;

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  const said = { decision: "decline", reason: given.reason } as const;
  return decideOnRequest(named[0]!, said, officerFiles(given), given.authority);
}
