import { orderAgreement } from "../assembly/order-agreement.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { agreementOperand } from "./agreements-made.ts";
import { agreementLines, summaryLines } from "./agreements-text.ts";
import { type Flag, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { runningConfigFlag } from "./config-flag.ts";
import { jsonFlag, toJson } from "./json-flag.ts";

export const summary = "Shows where an agreement stands, and its acts";

export const description =
  "Only agreements that are made by acts have any; `agreements list` has the files of the operator as well.";

export const flags = [runningConfigFlag, jsonFlag] as const satisfies readonly Flag[];

export const operands = agreementOperand;

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  const configuration = await loadServerConfiguration(given.config);
  const shown = await orderAgreement(configuration, { order: "agreement show", agreement: named[0]! });
  const lines = [...summaryLines(shown), "", ...agreementLines(shown)];
  process.stdout.write(given.json ? toJson(shown) : `${lines.join("\n")}\n`);
  return exitCodes.ok;
}
