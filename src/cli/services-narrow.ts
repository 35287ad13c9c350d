import { actFlags } from "./act-answer.ts";
import { actOnVersion, versionOperands } from "./act-on-version.ts";
import { type Flag, readArguments, UsageError } from "./arguments.ts";

export const summary = "Withdraws fields from a service's answers at once";

export const description =
  "For an emergency: the fields are cut from all answers of the version at every server within seconds. Answers name them " +
  "in `Sealway-Withdrawn-Fields`, and servers whose systems ask for the service raise an alarm. Only a new version " +
  "brings them back.";

export const flags = [
  ...actFlags,
  {
    kind: "list",
    name: "field",
    value: "POINTER",
    description:
      "A field of answers: a JSON pointer in which * stands for every element, such as /persons/*/name.",
  },
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
  const { field: fields, reason } = given;
  if (fields.length === 0) throw new UsageError("no field is named", "Give --field, once for each.");
  return actOnVersion("narrow", named, { fields, reason }, given);
}
