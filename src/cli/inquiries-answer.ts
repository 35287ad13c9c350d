import { orderCasework } from "../assembly/order-casework.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { type Flag, type Operands, readArguments } from "./arguments.ts";
import { oneCase } from "./casework-flags.ts";
import { exitCodes } from "./command.ts";
import { runningConfigFlag } from "./config-flag.ts";
import { readStandardInput } from "./standard-input.ts";

export const summary = "Answers a person's inquiry about an exchange";

export const description =
  "The answer, 2,000 characters at most, is read from standard input; the person reads it at the portal. The first one stands.";

export const flags = [runningConfigFlag] as const satisfies readonly Flag[];

export const operands: Operands = oneCase("INQUIRY", "inquiries list");

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  const order = { order: "inquiries answer", id: named[0]!, text: await readStandardInput("text") } as const;
  const { state } = await orderCasework(await loadServerConfiguration(given.config), order);
  process.stdout.write(`${state}\n`);
  return exitCodes.ok;
}
