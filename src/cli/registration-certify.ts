import { parseMemberId } from "../core/ids.ts";
import { type Flag, readArguments, UsageError } from "./arguments.ts";
import { readDay } from "./read-day.ts";
import { askForChanges, changeFlags } from "./registration-change.ts";

export const summary = "Certifies that a member has an attribute, as an officer of the governing authority";

export const description =
  "Agreements ask for it by a condition of the kind `certified`. A second officer approves the request that this makes. " +
  "With --end the authority certifies it no more, which needs one officer.";

export const flags = [
  ...changeFlags,
  {
    kind: "text",
    name: "until",
    value: "DAY",
    description: "The day, such as 2027-06-30, from which on it counts no more (UTC).",
  },
  { kind: "text", name: "end", value: "REASON", description: "Ends it; why, with no names of persons." },
] as const satisfies readonly Flag[];

export const operands = {
  name: "MEMBER ATTRIBUTE",
  least: 2,
  most: 2,
  description: "The member, INSTANCE/CLASS/MEMBER, and the attribute as conditions name it.",
} as const;

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  const [member, attribute] = [parseMemberId(named[0]!), named[1]!];
  const { end: reason, until: day } = given;
  if ((reason === undefined) === (day === undefined))
    throw new UsageError("either --until or --end is needed", "Write --until 2027-06-30.");
  if (reason !== undefined)
    return askForChanges([{ kind: "attribute-end", member, attribute, reason }], given);
  const until = new Date(readDay("until", day!)).toISOString();
  return askForChanges([{ kind: "attribute-certify", member, attribute, until }], given);
}
