import { orderCasework } from "../assembly/order-casework.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { type Flag, type Operands, readArguments } from "./arguments.ts";
import { oneCase } from "./casework-flags.ts";
import { exitCodes } from "./command.ts";
import { runningConfigFlag } from "./config-flag.ts";
import { factLines } from "./fact-lines.ts";
import { jsonFlag, toJson } from "./json-flag.ts";

export const summary = "Shows one report on data, with what people wrote";

export const description =
  "`text` and `reason` are `-` (null in JSON) where nobody wrote anything, or it is erased.";

export const flags = [runningConfigFlag, jsonFlag] as const satisfies readonly Flag[];

export const operands: Operands = oneCase("REPORT", "feedback list");

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  const configuration = await loadServerConfiguration(given.config);
  const shown = await orderCasework(configuration, { order: "feedback show", id: named[0]! });
  process.stdout.write(given.json ? toJson(shown) : `${factLines(shown).join("\n")}\n`);
  return exitCodes.ok;
}
