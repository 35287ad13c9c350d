import { orderMove } from "../assembly/moves/move-orders.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { parseClientId } from "../core/ids.ts";
import { readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { runningConfigFlag } from "./config-flag.ts";
import { jsonFlag, toJson } from "./json-flag.ts";
import { movedFlag } from "./moved-flag.ts";

export const summary = "Tells what a subsystem would leave behind if it moved to another server";

export const description =
  "Open cases and reviews cannot be handed over: as long as there are any, the subsystem should not move. Exit code 1 when there are.";

export const flags = [runningConfigFlag, movedFlag, jsonFlag] as const;

export async function run(args: readonly string[]): Promise<number> {
  const { config, json, subsystem } = readArguments({ flags }, args).flags;
  const order = { order: "move check", subsystem: parseClientId(subsystem) } as const;
  const { leftBehind } = await orderMove(await loadServerConfiguration(config), order);
  const lines = leftBehind.map(({ what, count, remedy }) => `${count} ${what}: ${remedy}\n`);
  const text = lines.join("") || "nothing is in the way of the move\n";
  process.stdout.write(json ? toJson(leftBehind) : text);
  return leftBehind.length === 0 ? exitCodes.ok : exitCodes.failed;
}
