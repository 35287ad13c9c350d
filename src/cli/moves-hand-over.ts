import { resolve } from "node:path";
import { orderMove } from "../assembly/moves/move-orders.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { parseClientId, parseServerId } from "../core/ids.ts";
import { type Flag, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { runningConfigFlag } from "./config-flag.ts";
import { movedFlag } from "./moved-flag.ts";

export const summary = "Hands the agreements of a subsystem over to the server that it moves to";

export const description =
  "Writes a file, signed by this server's owner, with the acts on its agreements; `moves adopt` takes it at the new server " +
  "before the governing authority moves the subsystem. Refused while `moves check` lists anything. No act on its agreements " +
  "should be made in between: hand over again if one was.";

export const flags = [
  runningConfigFlag,
  movedFlag,
  { kind: "required", name: "to", value: "SERVER", description: "The server that it moves to." },
  { kind: "required", name: "out", value: "FILE", description: "The file to write; it must not exist." },
] as const satisfies readonly Flag[];

export async function run(args: readonly string[]): Promise<number> {
  const { config, out, subsystem, to } = readArguments({ flags }, args).flags;
  const { papers } = await orderMove(await loadServerConfiguration(config), {
    ...{ order: "move hand-over", subsystem: parseClientId(subsystem), to: parseServerId(to) },
    file: resolve(out),
  });
  process.stdout.write(`${out} has ${papers} acts and receipts\n`);
  return exitCodes.ok;
}
