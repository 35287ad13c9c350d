import { resolve } from "node:path";
import { orderMove } from "../assembly/moves/move-orders.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { parseClientId } from "../core/ids.ts";
import { type Flag, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { runningConfigFlag } from "./config-flag.ts";
import { movedFlag } from "./moved-flag.ts";

export const summary = "Invites a subsystem of another server to move to this one";

export const description =
  "Writes a file, signed by this server's owner, for `moves hand-over` at the server that serves the subsystem, or did last. " +
  "It has the key to which what names persons is encrypted; the other half is in this process alone, until the hand-over is " +
  "adopted or the server ends.";

export const flags = [
  runningConfigFlag,
  movedFlag,
  { kind: "required", name: "out", value: "FILE", description: "The file to write; it must not exist." },
] as const satisfies readonly Flag[];

export async function run(args: readonly string[]): Promise<number> {
  const { config, out, subsystem } = readArguments({ flags }, args).flags;
  const order = { order: "move invite", subsystem: parseClientId(subsystem), file: resolve(out) } as const;
  const { from } = await orderMove(await loadServerConfiguration(config), order);
  process.stdout.write(`${out} is for ${from}\n`);
  return exitCodes.ok;
}
