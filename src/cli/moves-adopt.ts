import { resolve } from "node:path";
import { orderMove } from "../assembly/moves/move-orders.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { type Operands, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { runningConfigFlag } from "./config-flag.ts";

export const summary = "Takes over what a subsystem brings along that moves to this server";

export const description =
  "The file is what `moves hand-over` wrote at the old server, for an invitation of this one that is still open: a file is " +
  "adopted once, while the process runs that invited. Everything in it is judged before anything counts. Exit code 1 when " +
  "permissions are apart: another act was made on them here than at the old server, or one of both has " +
  "erased whose they are and they are in force at the other.";

export const flags = [runningConfigFlag] as const;

export const operands: Operands = { name: "FILE", least: 1, most: 1, description: "The file." };

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: files } = readArguments({ flags, operands }, args);
  const configuration = await loadServerConfiguration(given.config);
  const { agreements, apart, permissions, subsystem } = await orderMove(configuration, {
    order: "move adopt",
    file: resolve(files[0]!),
  });
  process.stdout.write(`${agreements} agreements and ${permissions} permissions of ${subsystem} are here\n`);
  const told = apart.map((id) => `permission ${id} is left as it is here: sealway permissions show\n`);
  process.stdout.write(told.join(""));
  return apart.length === 0 ? exitCodes.ok : exitCodes.failed;
}
