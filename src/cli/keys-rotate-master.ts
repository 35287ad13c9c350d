import { rotateServerMasterKey } from "../assembly/order-retention.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { type Flag, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { configFlag } from "./config-flag.ts";

export const summary = "Replaces the master key of a security server's key vault";

export const description =
  "The server must be stopped. A new master key is made, and one for each member; every data key is wrapped anew; the old " +
  "keys are overwritten. Killed at any moment, the vault opens as before, and the command is given again to finish.\n" +
  "A copy of the old master key still opens copies of the vault that were made before: destroy those, too.";

export const flags = [configFlag] as const satisfies readonly Flag[];

export async function run(args: readonly string[]): Promise<number> {
  const given = readArguments({ flags }, args).flags;
  const { members, keys } = await rotateServerMasterKey(await loadServerConfiguration(given.config));
  process.stdout.write(`${keys} keys of ${members} members are wrapped by new master keys\n`);
  return exitCodes.ok;
}
