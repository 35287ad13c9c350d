import type { CaseworkReports } from "../assembly/casework-orders.ts";
import { listCases, orderCasework } from "../assembly/order-casework.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { type Flag, readArguments } from "./arguments.ts";
import { dayOf } from "./casework-flags.ts";
import { exitCodes } from "./command.ts";
import { runningConfigFlag } from "./config-flag.ts";
import { factLines } from "./fact-lines.ts";
import { jsonFlag, toJson } from "./json-flag.ts";

export const summary = "Lists corrections that this server announced or was told of";

export const description =
  "Each with its recipients: `waiting` to be told, `told`, `overdue`, or what they did. With --id all of one, also " +
  "about whom it is and what people wrote. The exit code is 1 when one that came here is overdue.";

export const flags = [
  runningConfigFlag,
  { kind: "text", name: "id", value: "ID", description: "Only this one, with what is encrypted." },
  jsonFlag,
] as const satisfies readonly Flag[];

type Listed = CaseworkReports["corrections list"]["cases"][number];

export async function run(args: readonly string[]): Promise<number> {
  const given = readArguments({ flags }, args).flags;
  const configuration = await loadServerConfiguration(given.config);
  if (given.id !== undefined) {
    const shown = await orderCasework(configuration, { order: "corrections show", id: given.id });
    process.stdout.write(given.json ? toJson(shown) : `${factLines(shown).join("\n")}\n`);
    return exitCodes.ok;
  }
  const corrections = await listCases(configuration, "corrections list");
  process.stdout.write(given.json ? toJson(corrections) : corrections.map(linesOf).join("") || "none\n");
  const isLate = ({ side, recipients }: Listed) =>
    side === "recipient" && recipients.some(({ state }) => state === "overdue");
  return corrections.some(isLate) ? exitCodes.failed : exitCodes.ok;
}

function linesOf({ id, side, discloser, service, elements, due, recipients }: Listed): string {
  const what = `${elements.join(", ")} by ${service}, announced by ${discloser}`;
  const lines = recipients.map(({ recipient, count, state, failure }) => {
    return `  ${state}  ${recipient}, ${count} exchanges${failure === null ? "" : ` (${failure})`}\n`;
  });
  return `${id}  ${side}  ${what}, due ${dayOf(due)}\n${lines.join("")}`;
}
