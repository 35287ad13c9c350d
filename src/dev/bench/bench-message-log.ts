import { createSecretKey, randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type LogConfiguration, logAddress, openReader, openStore } from "../../assembly/log-store.ts";
import { monotonic, systemClock } from "../../core/clock.ts";
import { type DurableMessageLog, openMessageLog } from "../../messagelog/message-log.ts";
import type { LogReader, MessageStore } from "../../messagelog/message-store.ts";
import { AnswerStatus } from "../../messagelog/search/answer-status.ts";
import { findingByPlace } from "../../messagelog/search/find-by-place.ts";
import { IndexBuilder } from "../../messagelog/search/index-builder.ts";
import { IndexThread } from "../../messagelog/search/index-thread.ts";
import { LogSearch } from "../../messagelog/search/log-search.ts";
import { SegmentFiles } from "../../messagelog/search/segment-files.ts";
import { type KeyVault, openVault } from "../../messagelog/vault.ts";
import { afterTimeout } from "../../pki/ocsp-stapler.ts";
import { leanRecords, type Traffic } from "./lean-records.ts";
import { SyntheticTraffic } from "./log-bench-traffic.ts";
import type { Progress } from "./log-ground.ts";
import { exchangeRecords } from "./synthetic-exchange.ts";

const inFlight = 32;
/** Half of what a filled log has waiting at a time. */
const fillPiece = 4_096;
/** Time between exchanges that fill a log, milliseconds: ten million records are two months. */
const fillGap = 1_000;

/** A log of invented exchanges, without time-stamps. */
export class BenchLog {
  readonly #configuration: LogConfiguration;
  readonly #store: MessageStore;
  readonly #vault: KeyVault;
  readonly #log: DurableMessageLog;
  readonly #traffic = new SyntheticTraffic("log bench");
  #thread: IndexThread | undefined;
  #failure: string | undefined;

  static async open(configuration: LogConfiguration): Promise<BenchLog> {
    const { stateDirectory } = configuration;
    await mkdir(stateDirectory, { mode: 0o700 });
    const store = await openStore(configuration, systemClock, () => undefined);
    const vault = await openVault(join(stateDirectory, "vault"), createSecretKey(randomBytes(32)));
    const log = await openMessageLog({
      ...{ ...logAddress(configuration), store, vault, clock: systemClock },
      bodiesDirectory: join(stateDirectory, "bodies"),
      timestampSources: () => ({
        authorities: [],
        anchors: [],
        clock: systemClock,
        timeoutMs: 0,
        pausesMs: [],
      }),
      freshOcsp: () => Promise.reject(new Error("no responder")),
      after: () => () => undefined,
    });
    return new BenchLog(configuration, { store, vault, log });
  }

  private constructor(
    configuration: LogConfiguration,
    { store, vault, log }: { store: MessageStore; vault: KeyVault; log: DurableMessageLog },
  ) {
    this.#configuration = configuration;
    this.#store = store;
    this.#vault = vault;
    this.#log = log;
  }

  /** As `fillStore`. */
  fill(records: number, progress: Progress): Promise<number> {
    return fillStore(this.#store, { records, traffic: this.#traffic, progress });
  }

  /** Appends exchanges of now, some at a time, as a server does. @returns records a second */
  async append(exchanges: number): Promise<number> {
    let left = exchanges;
    const start = monotonic();
    const worker = async () => {
      while (left-- > 0) {
        const { answer, ...rest } = this.#traffic.next(systemClock.now());
        // Answered at once: an answer from the future would make those that follow late.
        const exchange = { ...rest, answer: answer && { ...answer, after: 0 } };
        for (const record of exchangeRecords(exchange)) await this.#log.append(record);
      }
    };
    await Promise.all(Array.from({ length: inFlight }, worker));
    return (2000 * exchanges) / (monotonic() - start);
  }

  /** Begins to build an index beside, as a server does. @param name of the index */
  index(name: string): void {
    const failed = (reason: string) => {
      this.#failure = reason;
    };
    this.#thread = new IndexThread({
      ...logAddress(this.#configuration),
      ...{ directory: this.#directory(name), after: afterTimeout, failed },
    });
  }

  async stopIndex(): Promise<void> {
    await this.#thread?.close();
    this.#thread = undefined;
    if (this.#failure !== undefined) throw new Error(`the index was not built: ${this.#failure}`);
  }

  /** Builds an index from the first record. */
  async reindex(name: string, progress: Progress): Promise<{ indexPerSecond: number; records: number }> {
    const reader = openReader(this.#configuration);
    const builder = new IndexBuilder(reader, new SegmentFiles(this.#directory(name)));
    try {
      const start = monotonic();
      await builder.advance(({ read, of }) => progress.often(() => `${read} of ${of} records`));
      const seconds = (monotonic() - start) / 1000;
      const records = (await reader.writers()).reduce((sum, { number }) => sum + number, 0);
      return { indexPerSecond: records / seconds, records };
    } finally {
      builder.close();
      reader.close();
    }
  }

  search(name: string): LogSearch {
    const reader = openReader(this.#configuration);
    const heads = new AnswerStatus(reader, this.#vault);
    return new LogSearch({ reader, directory: this.#directory(name), heads });
  }

  /** Two readers of the log, which find an exchange by its time, and by what an index knows of it. */
  readers(name: string): { readonly byTime: LogReader; readonly byPlace: LogReader } {
    const byTime = openReader(this.#configuration);
    return {
      byTime,
      byPlace: findingByPlace(openReader(this.#configuration), this.#directory(name)),
    };
  }

  async close(): Promise<void> {
    try {
      await this.stopIndex();
    } finally {
      await this.#log.close();
    }
  }

  #directory(name: string): string {
    return join(this.#configuration.stateDirectory, name);
  }
}

/**
 * Fills a store with lean records of the past, thousands at a time: its rows, guard and chain are those of any log.
 * @returns records a second
 */
export async function fillStore(
  store: MessageStore,
  {
    records,
    traffic,
    progress,
  }: { readonly records: number; readonly traffic: Traffic; readonly progress: Progress },
): Promise<number> {
  const exchanges = Math.ceil(records / 2);
  const beginning = systemClock.now() - (exchanges + 60) * fillGap;
  const start = monotonic();
  let [pending, before]: [Promise<unknown>[], Promise<unknown>] = [[], Promise.resolve()];
  let written = 0;
  for (const lean of leanRecords(traffic, { exchanges, beginning, gap: fillGap })) {
    pending.push(handled(store.append(lean.record, lean.sealed)));
    if (pending.length < fillPiece) continue;
    const piece = handled(Promise.all(pending));
    pending = [];
    await before;
    before = piece;
    written += fillPiece;
    const perSecond = (1000 * written) / (monotonic() - start);
    progress.often(() => `${written} of ${records} records, ${Math.round(perSecond)} a second`);
  }
  await before;
  await Promise.all(pending);
  return (1000 * records) / (monotonic() - start);
}

/** Whoever waits for it is told of its failure; that nobody waits any more is no failure. */
function handled<Value>(done: Promise<Value>): Promise<Value> {
  done.catch(() => undefined);
  return done;
}
