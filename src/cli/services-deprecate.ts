import { actFlags } from "./act-answer.ts";
import { actOnVersion, versionOperands } from "./act-on-version.ts";
import { type Flag, readArguments } from "./arguments.ts";
import { readDay } from "./read-day.ts";

export const summary = "Announces the end of a version of a service";

export const description =
  "Answers of the version say so from then on: `Deprecation` (RFC 9745) and `Sunset` (RFC 8594). Who names no version " +
  "gets another one that is published. It still answers after its sunset, until `services archive` ends it.";

export const flags = [
  ...actFlags,
  {
    kind: "required",
    name: "sunset",
    value: "DATE",
    description:
      "From when it may end, such as 2027-06-30; 90 days ahead at least, unless the authority wants more.",
  },
] as const satisfies readonly Flag[];

export const operands = versionOperands;

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  return actOnVersion("deprecate", named, { sunset: readDay("sunset", given.sunset) }, given);
}
