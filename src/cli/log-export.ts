import { createHash } from "node:crypto";
import { open, rename, rm, writeFile } from "node:fs/promises";
import { systemClock } from "../core/clock.ts";
import { describeQuery } from "../messagelog/search/describe-query.ts";
import { exportFormats } from "../messagelog/search/export-line.ts";
import { joinSides } from "../messagelog/search/join-sides.ts";
import { mostRowsOnPage } from "../messagelog/search/log-search.ts";
import { resultOf, timeText } from "../messagelog/search/result.ts";
import { type Flag, readArguments, UsageError } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { openQuery, type QueryInHand, queryFlags } from "./log-query.ts";

export const summary = "Writes what a search of a security server's log finds to a file";

export const description =
  "Takes the flags of `sealway log search` and writes all that it would show, page by page, as CSV (RFC 4180; a cell " +
  "that a spreadsheet would take for a formula has an apostrophe before it) or JSON lines. Beside it stands " +
  "FILE.manifest.json: the query, who exported and why, count and SHA-256. Both files are readable by their owner only.\n" +
  "The export is recorded in the log before it begins, and its count and digest when it ends.";

export const flags = [
  ...queryFlags,
  {
    kind: "required",
    name: "out",
    value: "FILE",
    description: "Where it is written. An existing file is left alone.",
  },
  { kind: "text", name: "format", value: "FORMAT", default: "csv", description: "Either `csv` or `jsonl`." },
] as const satisfies readonly Flag[];

export async function run(args: readonly string[]): Promise<number> {
  const given = readArguments({ flags }, args).flags;
  const { out, format: name, who, why } = given;
  if (name !== "csv" && name !== "jsonl") throw new UsageError(`--format ${name} is neither csv nor jsonl`);
  const opened = await openQuery(given);
  try {
    const what = describeQuery(opened.query);
    await opened.record({ action: "export", what, results: null });
    const written = await writeAll(opened, name, out);
    const manifest = {
      ...{ v: 1, file: out.split("/").at(-1), format: name, time: timeText(systemClock.now()) },
      ...{ who, why, query: what, ...written },
    };
    const ended = [...what, `sha256=${written.sha256}`];
    await opened.record({ action: "export-ended", what: ended, results: written.count });
    const json = `${JSON.stringify(manifest, undefined, 2)}\n`;
    await writeFile(`${out}.manifest.json`, json, { mode: 0o600, flag: "wx" });
    await rename(partial(out), out);
    process.stdout.write(`${out}: ${written.count} exchanges\n`);
    return exitCodes.ok;
  } finally {
    await rm(partial(out), { force: true });
    opened.close();
  }
}

/** Its name until it is complete. */
function partial(out: string): string {
  return `${out}.partial`;
}

async function writeAll(opened: QueryInHand, name: keyof typeof exportFormats, out: string) {
  const { search, beside, query, order, states } = opened;
  const { heading, line } = exportFormats[name];
  await (await open(out, "wx", 0o600)).close();
  await rm(out);
  const file = await open(partial(out), "wx", 0o600);
  const hash = createHash("sha256");
  let [count, bytes, unjudged] = [0, 0, 0];
  const write = async (text: string) => {
    hash.update(text);
    bytes += Buffer.byteLength(text);
    await file.write(text);
  };
  try {
    await write(heading);
    let cursor: string | null | undefined;
    do {
      const page = await search.page({ query, order, limit: mostRowsOnPage, cursor: cursor ?? undefined });
      const joined = await joinSides(page.rows, query, order, { own: search, beside: beside?.search });
      let text = "";
      for (const row of joined) text += line(await resultOf(row, { own: states, beside: beside?.states }));
      if (text !== "") await write(text);
      count += joined.length;
      unjudged += page.unjudged;
      cursor = page.cursor;
    } while (cursor !== null);
    await file.sync();
  } finally {
    await file.close();
  }
  return { count, bytes, unjudged, sha256: hash.digest("base64url") };
}
