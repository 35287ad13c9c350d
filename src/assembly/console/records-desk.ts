import type { RecordsDesk } from "../../admin/records-desk.ts";
import type { BuildProgress } from "../../messagelog/search/index-builder.ts";
import { openSearch } from "../open-search.ts";
import type { ServerConfiguration } from "../server-configuration.ts";
import { askedOf, queryOf, toldResult } from "./records-query.ts";
import type { Turns } from "./turns.ts";

/**
 * Searches a server's log for people who may see some members' records. The log is opened anew each time: a restriction or
 * an erasure of this moment counts.
 * @param turns of all who read the log for people
 */
export function recordsDesk(
  configuration: ServerConfiguration,
  progress: (progress: BuildProgress) => void,
  turns: Turns,
): RecordsDesk {
  return {
    search: ({ members, order, limit, cursor, ...question }) =>
      turns.take(async () => {
        const opened = await openSearch(configuration, progress, members);
        try {
          const query = await queryOf(opened, question);
          const page = await opened.search.page({ query, order, limit, cursor });
          const results = [];
          for (const row of page.rows) results.push(await toldResult(row, opened));
          return { results, cursor: page.cursor, asked: askedOf(query) };
        } finally {
          opened.close();
        }
      }),
  };
}
