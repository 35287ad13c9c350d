import { orderCasework } from "../assembly/order-casework.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { type Flag, type Operands, readArguments } from "./arguments.ts";
import { oneCase } from "./casework-flags.ts";
import { exitCodes } from "./command.ts";
import { runningConfigFlag } from "./config-flag.ts";

export const summary = "Ends a person's inquiry, and the legal holds that it placed";

export const description =
  "It was answered, or escalated, before. The holds on the exchange's records end here at once and at the other party's " +
  "server as soon as it is reached; retention goes on then.";

export const flags = [runningConfigFlag] as const satisfies readonly Flag[];

export const operands: Operands = oneCase("INQUIRY", "inquiries list");

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  const configuration = await loadServerConfiguration(given.config);
  const { state } = await orderCasework(configuration, { order: "inquiries close", id: named[0]! });
  process.stdout.write(`${state}\n`);
  return exitCodes.ok;
}
