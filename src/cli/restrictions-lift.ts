import { orderRestriction } from "../assembly/restriction-orders.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { type Flag, type Operands, readArguments } from "./arguments.ts";
import { configFlag } from "./config-flag.ts";
import { tellDone } from "./restriction-done.ts";

export const summary = "Lifts a restriction: persons see the uses that it covered";

export const description =
  "Each use then stands in the person's list and in every other at the place where it always belonged; the evidence record " +
  "of its exchange shows that it was in the log on its day.";

export const flags = [configFlag] as const satisfies readonly Flag[];

export const operands: Operands = {
  name: "RESTRICTION",
  least: 1,
  most: 1,
  description: "As `restrictions list` lists it.",
};

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  const order = { order: "restriction lift", id: named[0]! } as const;
  return tellDone(await orderRestriction(await loadServerConfiguration(given.config), order));
}
