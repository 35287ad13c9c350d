import { orderAgreement } from "../assembly/order-agreement.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { agreementOperand } from "./agreements-made.ts";
import { printedAgreement } from "./agreements-text.ts";
import { type Flag, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { runningConfigFlag } from "./config-flag.ts";

export const summary = "Prints an agreement as a document: its terms, and every act with signer and digests";

export const description =
  "For files and for signatures on paper. The acts themselves stand in the message log of both sides, time-stamped: the " +
  "digests name them.";

export const flags = [runningConfigFlag] as const satisfies readonly Flag[];

export const operands = agreementOperand;

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  const configuration = await loadServerConfiguration(given.config);
  const shown = await orderAgreement(configuration, { order: "agreement show", agreement: named[0]! });
  process.stdout.write(`${printedAgreement(shown).join("\n")}\n`);
  return exitCodes.ok;
}
