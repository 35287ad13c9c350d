import type { Exported, ExportQuestion } from "../../admin/exchange-desk.ts";
import { sha256Base64Url } from "../../core/bytes.ts";
import type { Clock } from "../../core/clock.ts";
import { SealwayError } from "../../core/errors.ts";
import { writePackage } from "../../messagelog/evidence/package-write.ts";
import { exportFormats } from "../../messagelog/search/export-line.ts";
import { mostRowsOnPage } from "../../messagelog/search/log-search.ts";
import { timeText } from "../../messagelog/search/result.ts";
import type { SearchQuery } from "../../messagelog/search/search-query.ts";
import { type OpenedSearch, openSearch } from "../open-search.ts";
import type { ServerConfiguration } from "../server-configuration.ts";
import { askedOf, queryOf, shownResult } from "./records-query.ts";

/** Exchanges of one export: it is made in memory. */
const mostExported = 20_000;

/**
 * Writes what a search finds to a zip: the list, and beside it `custody.json`, the first page of its custody log: what was
 * asked of which server, by whom and why, and the digest by which whoever gets the list later knows that it is this one.
 * @throws SealwayError `invalid_parameter`
 */
export async function exportRecords(
  configuration: ServerConfiguration,
  clock: Clock,
  question: ExportQuestion,
): Promise<Exported> {
  const { custody, format, members } = question;
  const opened = await openSearch(configuration, () => {}, members);
  try {
    const query = await queryOf(opened, question);
    const { count, text } = await listOf(opened, query, format);
    const list = Buffer.from(text);
    const sha256 = sha256Base64Url(list);
    const asked = askedOf(query);
    const log = {
      ...{ v: 1, file: `exchanges.${format}`, sha256, bytes: list.length, exchanges: count },
      ...{ server: configuration.server, members: [...members], query: asked },
      custody: [{ time: timeText(clock.now()), act: "exported", ...custody }],
    };
    const files = new Map([
      [log.file, list],
      ["custody.json", Buffer.from(`${JSON.stringify(log, undefined, 2)}\n`)],
    ]);
    return { bytes: await writePackage(files), count, sha256, asked };
  } finally {
    opened.close();
  }
}

async function listOf(opened: OpenedSearch, query: SearchQuery, format: ExportQuestion["format"]) {
  const { heading, line } = exportFormats[format];
  const lines = [heading];
  let cursor: string | null | undefined;
  do {
    const limit = mostRowsOnPage;
    const page = await opened.search.page({ query, order: "newest", limit, cursor: cursor ?? undefined });
    for (const row of page.rows) lines.push(line(await shownResult(row, opened)));
    if (lines.length > mostExported + 1)
      throw new SealwayError(
        "invalid_parameter",
        `more than ${mostExported} exchanges: narrow it down, or use \`sealway log export\``,
      );
    cursor = page.cursor;
  } while (cursor !== null);
  return { count: lines.length - 1, text: lines.join("") };
}
