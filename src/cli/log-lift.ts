import { orderRetention } from "../assembly/order-retention.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { type Flag, type Operands, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { configFlag } from "./config-flag.ts";
import { readTwoPeople, twoPeople } from "./two-people.ts";

export const summary = "Lifts a legal hold";

export const description =
  "What it kept and what no other hold covers ends when its retention says: at once where that time has passed.";

export const flags = [
  configFlag,
  { kind: "required", name: "reason", value: "TEXT", description: "Why; without personal data." },
  twoPeople,
  {
    kind: "switch",
    name: "dry-run",
    description: "Says how many keys would be destroyed, and changes nothing.",
  },
] as const satisfies readonly Flag[];

export const operands: Operands = {
  name: "HOLD",
  least: 1,
  most: 1,
  description: "As `log holds` lists it.",
};

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  const { reason, by, "dry-run": dryRun } = given;
  const order = { order: "lift", hold: named[0]!, reason, by: readTwoPeople(by), dryRun } as const;
  const { keys } = await orderRetention(await loadServerConfiguration(given.config), order);
  process.stdout.write(`${keys} keys ${dryRun ? "would be" : "were"} destroyed\n`);
  return exitCodes.ok;
}
