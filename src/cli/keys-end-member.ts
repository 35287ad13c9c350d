import { orderRetention } from "../assembly/order-retention.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { type Flag, type Operands, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { configFlag } from "./config-flag.ts";
import { readTwoPeople, twoPeople } from "./two-people.ts";

export const summary = "Destroys the key vault of a member that has left";

export const description =
  "All that the log has of the member's heads, bodies and search tags is erased, here, in archives and in backups, by a " +
  "signed record. A member that the configuration still serves, or of which a legal hold keeps records, is refused.";

export const flags = [
  configFlag,
  { kind: "required", name: "reason", value: "TEXT", description: "Why." },
  twoPeople,
  {
    kind: "switch",
    name: "dry-run",
    description: "Says how many keys would be destroyed, and changes nothing.",
  },
] as const satisfies readonly Flag[];

export const operands: Operands = { name: "MEMBER", least: 1, most: 1, description: "Its identifier." };

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  const { reason, by, "dry-run": dryRun } = given;
  const order = { order: "leave", member: named[0]!, reason, by: readTwoPeople(by), dryRun } as const;
  const { keys } = await orderRetention(await loadServerConfiguration(given.config), order);
  process.stdout.write(`${keys} keys ${dryRun ? "would be" : "were"} destroyed\n`);
  return exitCodes.ok;
}
