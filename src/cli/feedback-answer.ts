import { orderCasework } from "../assembly/order-casework.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { type Flag, type Operands, readArguments, UsageError } from "./arguments.ts";
import { oneCase, reasonFlag } from "./casework-flags.ts";
import { exitCodes } from "./command.ts";
import { runningConfigFlag } from "./config-flag.ts";
import { readStandardInput } from "./standard-input.ts";

export const summary = "Answers a report on data that came to this server";

export const description =
  "The first answer stands. It is told to the reporter's server until that has it, also when that is down now. `unchanged` " +
  "needs a reason, `forwarded` to whom. Who else got data that was corrected hears of it by `corrections announce`.";

const outcomes = ["corrected", "unchanged", "forwarded"] as const;

export const flags = [
  runningConfigFlag,
  { kind: "required", name: "outcome", value: "WORD", description: `One of ${outcomes.join(", ")}.` },
  reasonFlag,
] as const satisfies readonly Flag[];

export const operands: Operands = oneCase("REPORT", "feedback list");

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  const outcome = outcomes.find((known) => known === given.outcome);
  if (outcome === undefined) throw new UsageError(`--outcome is one of ${outcomes.join(", ")}`);
  const reason = given.reason ? { reason: await readStandardInput("text") } : {};
  const order = { order: "feedback answer", id: named[0]!, outcome, ...reason } as const;
  const { peer } = await orderCasework(await loadServerConfiguration(given.config), order);
  process.stdout.write(`answered: ${peer} is told\n`);
  return exitCodes.ok;
}
