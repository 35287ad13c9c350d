import type { CaseworkReports } from "../assembly/casework-orders.ts";
import { listCases } from "../assembly/order-casework.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { type Flag, readArguments } from "./arguments.ts";
import { dayOf } from "./casework-flags.ts";
import { exitCodes } from "./command.ts";
import { runningConfigFlag } from "./config-flag.ts";
import { jsonFlag, toJson } from "./json-flag.ts";
import { printedTable } from "./table-lines.ts";

export const summary = "Lists reports on data that this server sent or got";

export const description =
  "What people wrote is not told here: `feedback show` does. The exit code is 1 when one that came here waits for an answer " +
  "longer than it should.";

export const flags = [runningConfigFlag, jsonFlag] as const satisfies readonly Flag[];

type Listed = CaseworkReports["feedback list"]["cases"][number];

export async function run(args: readonly string[]): Promise<number> {
  const given = readArguments({ flags }, args).flags;
  const configuration = await loadServerConfiguration(given.config);
  const reports = await listCases(configuration, "feedback list");
  process.stdout.write(given.json ? toJson(reports) : printedTable(heads, reports.map(cellsOf)));
  const isLate = reports.some(({ side, state }) => side === "receiver" && state === "overdue");
  return isLate ? exitCodes.failed : exitCodes.ok;
}

const heads = ["report", "state", "kind", "way", "about", "outcome"];

function cellsOf({ report, about, side, own, peer, state, kind, due, outcome, delivered }: Listed): string[] {
  const way = side === "receiver" ? `${peer} to ${own}` : `${own} to ${peer}`;
  const answer =
    outcome === null ? `due ${dayOf(due)}` : `${outcome}${delivered ? "" : ", not delivered yet"}`;
  return [report, state, kind ?? "-", way, about, answer];
}
