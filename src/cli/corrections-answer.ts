import { orderCasework } from "../assembly/order-casework.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { parseClientId } from "../core/ids.ts";
import { type Flag, type Operands, readArguments, UsageError } from "./arguments.ts";
import { oneCase, reasonFlag } from "./casework-flags.ts";
import { exitCodes } from "./command.ts";
import { runningConfigFlag } from "./config-flag.ts";
import { readStandardInput } from "./standard-input.ts";

export const summary = "Reports what was done about data that a notice calls wrong";

export const description =
  "The first answer stands. It is told to whoever announced the correction until that server has it. `disagree` needs a reason.";

const outcomes = ["corrected", "deleted", "not-held", "disagree"] as const;

export const flags = [
  runningConfigFlag,
  { kind: "required", name: "outcome", value: "WORD", description: `One of ${outcomes.join(", ")}.` },
  {
    kind: "text",
    name: "own",
    value: "ID",
    description: "Which subsystem, where several of this server were told.",
  },
  reasonFlag,
] as const satisfies readonly Flag[];

export const operands: Operands = oneCase("CORRECTION", "corrections list");

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  const outcome = outcomes.find((known) => known === given.outcome);
  if (outcome === undefined) throw new UsageError(`--outcome is one of ${outcomes.join(", ")}`);
  const own = given.own === undefined ? {} : { own: parseClientId(given.own) };
  const reason = given.reason ? { reason: await readStandardInput("text") } : {};
  const order = { order: "corrections answer", id: named[0]!, outcome, ...own, ...reason } as const;
  const { discloser } = await orderCasework(await loadServerConfiguration(given.config), order);
  process.stdout.write(`answered: ${discloser} is told\n`);
  return exitCodes.ok;
}
