import type { CaseworkReports } from "../assembly/casework-orders.ts";
import { listCases, orderCasework } from "../assembly/order-casework.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { type Flag, readArguments } from "./arguments.ts";
import { dayOf } from "./casework-flags.ts";
import { exitCodes } from "./command.ts";
import { runningConfigFlag } from "./config-flag.ts";
import { factLines } from "./fact-lines.ts";
import { jsonFlag, toJson } from "./json-flag.ts";
import { printedTable } from "./table-lines.ts";

export const summary = "Lists inquiries of persons about exchanges";

export const description =
  "For the data protection officer: `addressee` are those to a subsystem served here, `other` those to the other party of an " +
  "exchange, `authority` those that nobody answered in time. With --id all of one, also who asks and what. The exit " +
  "code is 1 when one is late.";

export const flags = [
  runningConfigFlag,
  { kind: "text", name: "id", value: "ID", description: "Only this one, with what is encrypted." },
  jsonFlag,
] as const satisfies readonly Flag[];

type Listed = CaseworkReports["inquiries list"]["cases"][number];

export async function run(args: readonly string[]): Promise<number> {
  const given = readArguments({ flags }, args).flags;
  const configuration = await loadServerConfiguration(given.config);
  if (given.id !== undefined) {
    const shown = await orderCasework(configuration, { order: "inquiries show", id: given.id });
    process.stdout.write(given.json ? toJson(shown) : `${factLines(shown).join("\n")}\n`);
    return exitCodes.ok;
  }
  const inquiries = await listCases(configuration, "inquiries list");
  process.stdout.write(given.json ? toJson(inquiries) : printedTable(heads, inquiries.map(cellsOf)));
  return inquiries.some(({ isLate }) => isLate) ? exitCodes.failed : exitCodes.ok;
}

const heads = ["inquiry", "state", "side", "to", "about", "other side", "due", ""];

function cellsOf({ id, about, side, own, peer, state, due, isLate, hold }: Listed): string[] {
  const notes = [...(isLate ? ["late"] : []), ...(hold === null ? [] : ["records held"])];
  return [id, state, side, own, about, peer, dayOf(due), notes.join(", ")];
}
