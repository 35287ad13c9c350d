import { orderCasework } from "../assembly/order-casework.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import type { ExchangeId } from "../core/ids.ts";
import { isUuidV7 } from "../core/uuid.ts";
import { type Flag, readArguments, UsageError } from "./arguments.ts";
import { dayOf, readWritten } from "./casework-flags.ts";
import { exitCodes } from "./command.ts";
import { runningConfigFlag } from "./config-flag.ts";

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
  if (!isUuidV7(given.exchange)) throw new UsageError(`"${given.exchange}" is no exchange id`);
  const text = given.text ? { text: await readWritten() } : {};
  const { report, due } = await orderCasework(await loadServerConfiguration(given.config), {
    ...{ order: "feedback send", about: given.exchange as ExchangeId, kind, fields: given.field, ...text },
  });
  process.stdout.write(`report ${report} is to be answered by ${dayOf(due)}\n`);
  return exitCodes.ok;
}
