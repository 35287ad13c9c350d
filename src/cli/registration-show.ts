import { showRegistrationRequest } from "../assembly/registration.ts";
import { type Flag, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { jsonFlag, toJson } from "./json-flag.ts";
import { authorityFlag, requestOperand } from "./registration-flags.ts";
import { tellRefusal, tellRequest } from "./registration-lines.ts";

export const summary = "Shows a registration request and how it stands";

export const description = "Whoever has its id may see it: it is told to those only who handed it in.";

export const flags = [authorityFlag, jsonFlag] as const satisfies readonly Flag[];

export const operands = requestOperand;

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  const answer = await showRegistrationRequest([given.authority], named[0]!);
  if (answer.kind === "refused") return tellRefusal(answer);
  if (!given.json) return tellRequest(answer);
  process.stdout.write(toJson(answer.taken));
  return exitCodes.ok;
}
