import { importRights } from "../assembly/import-rights.ts";
import { giveOrder } from "../assembly/order-socket.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { systemClock } from "../core/clock.ts";
import { type Flag, type Operands, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { runningConfigFlag } from "./config-flag.ts";
import { readDay } from "./read-day.ts";
import { readBounded } from "./service-files.ts";

export const summary = "Takes plain access rights over as agreements, for twelve months";

export const description =
  "Each line of the file is one right: `CONSUMER SERVICE [METHOD PATH]`, `#` begins a comment; without method and path the " +
  "whole service is meant. Each pair of consumer and service becomes one file in `agreementsDirectory`, in state " +
  "`migrated`: purpose unstated, for twelve months, in which real agreements are asked for. The provider's server needs them; " +
  "give the same file and --from at the consumer's, where its calls shall name them. A running server uses them at once.";

export const flags = [
  runningConfigFlag,
  {
    kind: "text",
    name: "from",
    value: "DATE",
    description: "Their first day, as 2026-11-22; today unless told.",
  },
] as const satisfies readonly Flag[];

export const operands: Operands = { name: "FILE", least: 1, most: 1, description: "The access rights." };

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: files } = readArguments({ flags, operands }, args);
  const configuration = await loadServerConfiguration(given.config);
  const lines = (await readBounded(files[0]!)).toString("utf8");
  const day = given.from ?? new Date(systemClock.now()).toISOString().slice(0, 10);
  const { written, there } = await importRights(configuration, lines, readDay("from", day));
  const running = await giveOrder(configuration.stateDirectory, { order: "agreement reload" });
  const known = there === 0 ? "" : `, ${there} were there`;
  const use = running === undefined ? "it uses them when it starts" : "the running server uses them";
  process.stdout.write(`${written} agreements written${known}; ${use}\n`);
  return exitCodes.ok;
}
