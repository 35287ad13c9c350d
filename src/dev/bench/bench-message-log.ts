import { createSecretKey, randomBytes } from "node:crypto";
import { join } from "node:path";
import { logAddress, openReader, openStore } from "../../assembly/log-store.ts";
import { monotonic, systemClock } from "../../core/clock.ts";
import { type DurableMessageLog, openMessageLog } from "../../messagelog/message-log.ts";
import { IndexBuilder } from "../../messagelog/search/index-builder.ts";
import { IndexThread } from "../../messagelog/search/index-thread.ts";
import { LogSearch } from "../../messagelog/search/log-search.ts";
import { SegmentFiles } from "../../messagelog/search/segment-files.ts";
import { openVault } from "../../messagelog/vault.ts";
import { afterTimeout } from "../../pki/ocsp-stapler.ts";
import { SyntheticTraffic } from "./log-bench-traffic.ts";
import { exchangeRecords } from "./synthetic-exchange.ts";

const inFlight = 32;

/** A log of invented exchanges in a directory of its own, without time-stamps. */
export class BenchLog {
  readonly #directory: string;
  readonly #log: DurableMessageLog;
  readonly #traffic = new SyntheticTraffic("log bench");
  #thread: IndexThread | undefined;

  static async open(directory: string): Promise<BenchLog> {
    const log = await openMessageLog({
      ...logAddress({ stateDirectory: directory }),
      store: await openStore({ stateDirectory: directory }, systemClock, () => undefined),
      vault: await openVault(join(directory, "vault"), createSecretKey(randomBytes(32))),
      bodiesDirectory: join(directory, "bodies"),
      timestampSources: () => ({
        authorities: [],
        anchors: [],
        clock: systemClock,
        timeoutMs: 0,
        pausesMs: [],
      }),
      freshOcsp: () => Promise.reject(new Error("no responder")),
      clock: systemClock,
      after: () => () => undefined,
    });
    return new BenchLog(directory, log);
  }

  constructor(directory: string, log: DurableMessageLog) {
    this.#directory = directory;
    this.#log = log;
  }

  /** Appends exchanges, some at a time. @returns records a second */
  async append(exchanges: number, progress?: (what: string) => void): Promise<number> {
    let left = exchanges;
    const start = monotonic();
    const worker = async () => {
      while (left-- > 0) {
        for (const record of exchangeRecords(this.#traffic.next(systemClock.now())))
          await this.#log.append(record);
        if (left > 0 && left % 100_000 === 0) progress?.(`${2 * left} to go`);
      }
    };
    await Promise.all(Array.from({ length: inFlight }, worker));
    return (2000 * exchanges) / (monotonic() - start);
  }

  /** Begins to build the index beside, as a server does. */
  index(): void {
    const failed = (reason: string) => {
      throw new Error(reason);
    };
    this.#thread = new IndexThread({
      ...logAddress({ stateDirectory: this.#directory }),
      ...{ directory: join(this.#directory, "search"), after: afterTimeout, failed },
    });
  }

  async stopIndex(): Promise<void> {
    await this.#thread?.close();
    this.#thread = undefined;
  }

  async reindex(progress: (what: string) => void): Promise<{ indexPerSecond: number; records: number }> {
    const reader = openReader({ stateDirectory: this.#directory });
    const builder = new IndexBuilder(reader, new SegmentFiles(join(this.#directory, "again")));
    const start = monotonic();
    let told = start;
    await builder.advance(({ read, of }) => {
      if (monotonic() - told < 10_000) return;
      told = monotonic();
      progress(`${read} of ${of} records`);
    });
    const seconds = (monotonic() - start) / 1000;
    const records = (await reader.writers()).reduce((sum, { number }) => sum + number, 0);
    builder.close();
    reader.close();
    return { indexPerSecond: records / seconds, records };
  }

  search(): LogSearch {
    const reader = openReader({ stateDirectory: this.#directory });
    return new LogSearch({ reader, directory: join(this.#directory, "again") });
  }

  async close(): Promise<void> {
    await this.stopIndex();
    await this.#log.close();
  }
}
