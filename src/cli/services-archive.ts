import { actFlags } from "./act-answer.ts";
import { actOnVersion, versionOperands } from "./act-on-version.ts";
import { readArguments } from "./arguments.ts";

export const summary = "Ends a version of a service for good";

export const description =
  "For a deprecated version whose sunset has come, or a suspended one. The server states in the act how many of the " +
  "agreements that it holds would be left without a version; the authority refuses more than none: end them first.";

export const flags = actFlags;

export const operands = versionOperands;

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  return actOnVersion("archive", named, {}, given);
}
