import { describeQuery } from "../messagelog/search/describe-query.ts";
import { joinSides } from "../messagelog/search/join-sides.ts";
import { mostRowsOnPage } from "../messagelog/search/log-search.ts";
import { type Result, resultOf } from "../messagelog/search/result.ts";
import { type Flag, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { openQuery, queryFlags } from "./log-query.ts";

export const summary = "Searches a security server's log";

export const description =
  "Works beside the running server or without it, over an index that the server builds beside its log; what is " +
  "missing of the index is built first. All flags that are given must hold. Prints a page, newest first, and a cursor " +
  "for the next one; a page may be short and not the last.\n" +
  "Every search is recorded in the log, with who searched, why, what for and how many exchanges were shown: the record " +
  "is made durable before anything is printed, and the server signs it into the log. A person that is sought stands " +
  "there by search tags only.";

export const flags = [
  ...queryFlags,
  {
    kind: "number",
    name: "limit",
    value: "COUNT",
    default: 50,
    least: 1,
    most: mostRowsOnPage,
    description: "Most exchanges on a page.",
  },
  {
    kind: "text",
    name: "cursor",
    value: "TEXT",
    description: "Goes on where a page of the same search ended.",
  },
  { kind: "switch", name: "json", description: "Prints the page as JSON, with all that is known of each." },
] as const satisfies readonly Flag[];

export async function run(args: readonly string[]): Promise<number> {
  const given = readArguments({ flags }, args).flags;
  const opened = await openQuery(given);
  try {
    const { search, beside, query, order, states } = opened;
    const page = await search.page({ query, order, limit: given.limit, cursor: given.cursor });
    const joined = await joinSides(page.rows, query, order, { own: search, beside: beside?.search });
    const results: Result[] = [];
    for (const row of joined) results.push(await resultOf(row, { own: states, beside: beside?.states }));
    await opened.record({ action: "search", what: describeQuery(query), results: results.length });
    const { cursor, unjudged } = page;
    if (given.json) process.stdout.write(`${JSON.stringify({ results, cursor, unjudged }, undefined, 2)}\n`);
    else process.stdout.write(printPage(results));
    if (unjudged > 0)
      process.stderr.write(`${unjudged} exchanges have no status any more: their heads cannot be read\n`);
    if (!given.json && cursor !== null) process.stderr.write(`more: --cursor ${cursor}\n`);
    return exitCodes.ok;
  } finally {
    opened.close();
  }
}

const headings = [
  "time",
  "exchange",
  "side",
  "consumer",
  "service",
  "outcome",
  "code",
  "ms",
  "sealed",
  "other side",
];

function printPage(results: readonly Result[]): string {
  if (results.length === 0) return "nothing found\n";
  const lines = [headings, ...results.map(cells)];
  const widths = headings.map((_, i) => Math.max(...lines.map((line) => line[i]!.length)));
  return lines
    .map(
      (line) =>
        `${line
          .map((cell, i) => cell.padEnd(widths[i]!))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}

/** Names from other people's messages are percent-encoded and query ids are left out: nothing here moves a cursor. */
function cells(result: Result): string[] {
  const { request, answer, other } = result;
  const isSealed = [request, answer].every((record) => record === null || record.sealed !== null);
  return [
    ...[result.time, result.exchangeId, result.role, result.consumer, result.service, result.outcome],
    ...[result.code, result.durationMs, isSealed ? "yes" : "not yet", other?.outcome],
  ].map((cell) => String(cell ?? "-"));
}
