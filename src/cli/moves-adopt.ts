import { resolve } from "node:path";
import { orderMove } from "../assembly/moves/move-orders.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { type Operands, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { runningConfigFlag } from "./config-flag.ts";

export const summary = "Takes over the agreements of a subsystem that moves to this server";

export const description =
  "The file is what `moves hand-over` wrote at the old server. Each act in it is judged as when it was made; adopting a file " +
  "again changes nothing.";

export const flags = [runningConfigFlag] as const;

export const operands: Operands = { name: "FILE", least: 1, most: 1, description: "The file." };

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: files } = readArguments({ flags, operands }, args);
  const configuration = await loadServerConfiguration(given.config);
  const { agreements, subsystem } = await orderMove(configuration, {
    order: "move adopt",
    file: resolve(files[0]!),
  });
  process.stdout.write(`${agreements} agreements of ${subsystem} are here\n`);
  return exitCodes.ok;
}
