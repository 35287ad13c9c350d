import { orderRestriction } from "../assembly/restriction-orders.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { type Flag, type Operands, readArguments } from "./arguments.ts";
import { configFlag } from "./config-flag.ts";
import { readDate, tellDone } from "./restriction-done.ts";

export const summary = "Records that a restriction was reviewed and stands";

export const description =
  "Must come before the last review's date: a review that is missed has lifted the restriction, and nothing brings it back. " +
  "All acts on it go to the gateways of both parties again, so that one that missed some has them then.";

export const flags = [
  configFlag,
  {
    kind: "required",
    name: "review",
    value: "DATE",
    description: "By when it must be reviewed next: 2027-06-30, within 12 months.",
  },
  {
    kind: "text",
    name: "until",
    value: "DATE",
    description: "Covers no exchange made from then on; no end unless told.",
  },
] as const satisfies readonly Flag[];

export const operands: Operands = {
  name: "RESTRICTION",
  least: 1,
  most: 1,
  description: "As `restrictions list` lists it.",
};

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  const { review, until } = given;
  const done = await orderRestriction(await loadServerConfiguration(given.config), {
    ...{ order: "restriction review", id: named[0]!, reviewBy: readDate("review", review) },
    until: until === undefined ? null : readDate("until", until),
  });
  return tellDone(done);
}
