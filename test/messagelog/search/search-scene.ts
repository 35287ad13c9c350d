import { createSecretKey, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Test } from "tap";
import { uuidV7 } from "../../../src/core/uuid.ts";
import { exchangeRecords, type SyntheticExchange } from "../../../src/dev/bench/synthetic-exchange.ts";
import { type DurableMessageLog, openMessageLog } from "../../../src/messagelog/message-log.ts";
import { AnswerStatus } from "../../../src/messagelog/search/answer-status.ts";
import { IndexBuilder } from "../../../src/messagelog/search/index-builder.ts";
import { LogSearch, type LogSearchOptions } from "../../../src/messagelog/search/log-search.ts";
import type { RowOrder } from "../../../src/messagelog/search/row-source.ts";
import type { SearchQuery } from "../../../src/messagelog/search/search-query.ts";
import { SegmentFiles } from "../../../src/messagelog/search/segment-files.ts";
import { openVault } from "../../../src/messagelog/vault.ts";
import { type NewStore, newSqlite } from "../../store/scene-store.ts";
import { ManualClock } from "../sealing-scene.ts";

const benefits = "DEV/GOV/10000001/benefits";

/** An exchange like any other. */
export function exchange(given: Partial<SyntheticExchange> & { readonly time: number }): SyntheticExchange {
  return {
    exchangeId: uuidV7(given.time),
    role: "consumer",
    queryId: null,
    consumer: benefits,
    service: "DEV/GOV/10000002/population/persons",
    purpose: { id: "benefit-decision", revision: 1 },
    agreement: { id: "benefits-persons", revision: 3 },
    permission: null,
    subjects: [],
    answer: { type: "response", after: 20, code: null, status: 200 },
    ...given,
  };
}

/**
 * A log without time-stamps, and searches over it.
 * @param newStore SQLite unless told
 */
export async function searchScene(t: Test, newStore: NewStore = newSqlite) {
  const directory = mkdtempSync(join(tmpdir(), "sealway-search-"));
  const store = await newStore(directory);
  const { location, readerModule } = store;
  const index = join(directory, "search");
  const clock = new ManualClock();
  const vault = await openVault(join(directory, "vault"), createSecretKey(randomBytes(32)));
  const logs: DurableMessageLog[] = [];
  const open = async () => {
    const log = await openMessageLog({
      store: await store.open(clock),
      vault,
      readerModule,
      location,
      bodiesDirectory: join(directory, "bodies"),
      timestampSources: () => ({ authorities: [], anchors: [], clock, timeoutMs: 0, pausesMs: [] }),
      freshOcsp: () => Promise.reject(new Error("no responder")),
      clock,
      after: () => () => undefined,
    });
    logs.push(log);
    return log;
  };
  let log = await open();
  const reader = store.openReader();
  const searches: LogSearch[] = [];
  t.teardown(async () => {
    for (const search of searches) search.close();
    reader.close();
    for (const opened of logs) await opened.close();
    rmSync(directory, { recursive: true, force: true });
  });
  return {
    ...{ directory, location, index, clock, vault, reader },
    /** Ends the writer and begins another one. */
    restart: async () => {
      await log.close();
      log = await open();
    },
    append: async (...exchanges: readonly SyntheticExchange[]) => {
      // Together, as they come: each alone would wait for the disk.
      const records = exchanges.map(exchangeRecords);
      await Promise.all(records.map(([request]) => log.append(request!)));
      await Promise.all(records.flatMap(([, answer]) => (answer === undefined ? [] : [log.append(answer)])));
    },
    log: () => log,
    build: async () => {
      const builder = new IndexBuilder(reader, new SegmentFiles(index));
      await builder.advance();
      builder.close();
    },
    search: (options: Partial<LogSearchOptions> = {}) => {
      const heads = new AnswerStatus(reader, vault);
      const search = new LogSearch({ reader, directory: index, heads, ...options });
      searches.push(search);
      return search;
    },
  };
}

/** The exchange ids of all pages. */
export async function idsOf(
  search: LogSearch,
  query: SearchQuery,
  { limit = 1000, order = "newest" }: { readonly limit?: number; readonly order?: RowOrder } = {},
): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | null | undefined;
  do {
    const page = await search.page({ query, order, limit, cursor: cursor ?? undefined });
    ids.push(...page.rows.map(({ exchangeId }) => exchangeId));
    cursor = page.cursor;
  } while (cursor !== null);
  return ids;
}
