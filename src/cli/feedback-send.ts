import { orderCasework } from "../assembly/order-casework.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { type Flag, readArguments, UsageError } from "./arguments.ts";
import { dayOf } from "./casework-flags.ts";
import { exitCodes } from "./command.ts";
import { runningConfigFlag } from "./config-flag.ts";
import { readExchangeId } from "./exchange-id.ts";
import { readStandardInput } from "./standard-input.ts";

export const summary = "Reports that data seems wrong to whoever disclosed it";

export const description =
  "For the officer of a subsystem that got data in an exchange: as the consumer, or as the provider of a push. The report " +
  "goes to the other party and names the exchange, so that both logs tell what it is about. What is written is encrypted " +
  "in both logs and ends with its key. Information systems send the same by `POST /r1/{subsystem}/sealway.feedback/reports`.";

const kinds = ["wrong", "incomplete", "outdated", "other"] as const;

export const flags = [
  runningConfigFlag,
  { kind: "required", name: "exchange", value: "ID", description: "The exchange that brought the data." },
  { kind: "required", name: "kind", value: "KIND", description: `What it seems: ${kinds.join(", ")}.` },
  {
    kind: "list",
    name: "field",
    value: "POINTER",
    description: "A field of it that is meant: /address/city; may be repeated.",
  },
  {
    kind: "switch",
    name: "text",
    description: "Reads from standard input what seems wrong, in 2,000 characters at most.",
  },
] as const satisfies readonly Flag[];

export async function run(args: readonly string[]): Promise<number> {
  const given = readArguments({ flags }, args).flags;
  const kind = kinds.find((known) => known === given.kind);
  if (kind === undefined) throw new UsageError(`--kind is one of ${kinds.join(", ")}`);
  const about = readExchangeId(given.exchange);
  const text = given.text ? { text: await readStandardInput("text") } : {};
  const { report, due } = await orderCasework(await loadServerConfiguration(given.config), {
    ...{ order: "feedback send", about, kind, fields: given.field, ...text },
  });
  process.stdout.write(`report ${report} is to be answered by ${dayOf(due)}\n`);
  return exitCodes.ok;
}
