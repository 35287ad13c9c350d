import { actFlags } from "./act-answer.ts";
import { actOnVersion, versionOperands } from "./act-on-version.ts";
import { type Flag, readArguments } from "./arguments.ts";

export const summary = "Lets a suspended version of a service answer calls again";

export const description = "It is published again, or deprecated if it was.";

export const flags = [
  ...actFlags,
  {
    kind: "required",
    name: "reason",
    value: "TEXT",
    description: "Why, for the record; no names of persons.",
  },
] as const satisfies readonly Flag[];

export const operands = versionOperands;

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  return actOnVersion("resume", named, { reason: given.reason }, given);
}
