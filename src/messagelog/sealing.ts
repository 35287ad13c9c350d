import type { Clock } from "../core/clock.ts";
import type { After } from "../pki/ocsp-stapler.ts";
import { clockSkewMs } from "../pki/ocsp-verdict.ts";
import { obtainTimestamp, type TimestampSources, type UnexpectedToken } from "../pki/timestamp-client.ts";
import type { BuildRequest, Built, SettledOcsp, StaleOcsp } from "./batch-builder.ts";
import type { Batch, MessageStore, StoredOcsp } from "./message-store.ts";
import { reasonOf, type SideTokenHealth, SideTokens } from "./side-tokens.ts";

/** Asks for a new OCSP response of a certificate. @throws when none is to be had */
export type FreshOcsp = (
  certificate: Buffer,
  issuer: Buffer,
) => Promise<Pick<StoredOcsp, "der" | "thisUpdate">>;

export interface SealingOptions {
  readonly store: Pick<MessageStore, "recordBatch" | "keepOcsp" | "holdsSealing" | "keepDocument" | "nodes">;
  readonly builder: { build(request: BuildRequest): Promise<Built>; close(): Promise<void> };
  /** Asked for at each batch: the authorities change with the global configuration. */
  readonly timestampSources: () => TimestampSources;
  readonly freshOcsp: FreshOcsp;
  readonly clock: Clock;
  readonly after: After;
  /** Told of each batch that this node recorded: who witnesses it is somebody else's business. */
  readonly sealed?: (batch: Batch) => void;
}

/** `late` from five minutes, `overdue` from an hour; `failure` says why the last attempt came to nothing. */
export interface SealingHealth {
  readonly state: "ok" | "late" | "overdue";
  /** Milliseconds. */
  readonly lag: number;
  readonly failure: { readonly since: number; readonly reason: string } | undefined;
  /** A record of a later time than the time-stamp over it: a clock was set back, or one of the two is wrong. */
  readonly contradiction:
    | { readonly batch: number; readonly genTime: number; readonly recordTime: number }
    | undefined;
  readonly tokens: SideTokenHealth;
}

/** A batch is made of so many records, or so long after the first of them. */
const batchRecords = 131_072;
const batchInterval = 30_000;
/** While another node seals it is asked so often whether this one must do it: the time-stamps of all wait meanwhile. */
const watchInterval = 5_000;
/**
 * After the first failure; doubled at each further one up to the longest: a full batch costs a second to build. Where the
 * question who seals failed, nothing was built.
 */
const firstRetry = 10_000;
const longestRetry = 60_000;
const lateAfter = 5 * 60_000;
const overdueAfter = 60 * 60_000;
/** A stapled OCSP response this much older than the batch gets a fresher one beside it. */
const ocspFreshFor = 60 * 60_000;
/** How long `close` waits for a time-stamp. */
const closeWait = 10_000;

/** What one step of sealing came to. */
type Step = "sealed" | "more follows" | "another node seals";

/**
 * Seals records beside the traffic: builds a batch, has its root time-stamped, writes it, until nothing is left.
 * There is one batch at a time, oldest records first; one that got no time-stamp is built anew at the next try.
 */
export class Sealing {
  readonly #options: SealingOptions;
  #running: Promise<boolean> | undefined;
  #cancel: (() => void) | undefined;
  #closed = false;
  /** Since the last round: how many, and the time of the first. */
  #count = 0;
  #firstSinceRound: number | undefined;
  /** Time of the oldest record that is not sealed. */
  #oldest: number | undefined;
  #failure: SealingHealth["failure"];
  #retry = firstRetry;
  /** Whether the last round came to building. */
  #hasBuilt = false;
  /** From a round without failure to the next one. */
  #pause = batchInterval;
  readonly #tokens: SideTokens;
  /** The latest time of a record since the last batch, if there was one. */
  #newest: number | undefined;
  #contradiction: SealingHealth["contradiction"];

  constructor(options: SealingOptions) {
    this.#options = options;
    this.#tokens = new SideTokens(options.store, options.clock);
  }

  /** Learns what an earlier run left unsealed. @throws Error when the log cannot be read */
  async start(): Promise<void> {
    await this.#look();
    if (this.#oldest !== undefined) this.#schedule(0);
    else if (this.#mustWatch()) this.#schedule(batchInterval);
  }

  /** Told of each record when it is durable. @param time of the record, milliseconds */
  recorded(time: number): void {
    this.#oldest ??= time;
    this.#firstSinceRound ??= time;
    this.#newest = Math.max(this.#newest ?? 0, time);
    this.#count++;
    if (this.#count === batchRecords) this.#schedule(0);
    else if (this.#cancel === undefined && this.#running === undefined) this.#schedule(batchInterval);
  }

  /** Told of each document when it is durable. */
  stated(): void {
    this.recorded(this.#options.clock.now());
  }

  /** Age of the oldest record that is not sealed, milliseconds; never too small, at most some seconds too great. */
  lag(): number {
    return this.#oldest === undefined ? 0 : Math.max(0, this.#options.clock.now() - this.#oldest);
  }

  health(): SealingHealth {
    const lag = this.lag();
    const state = lag >= overdueAfter ? "overdue" : lag >= lateAfter ? "late" : "ok";
    return {
      state,
      lag,
      failure: this.#failure,
      contradiction: this.#contradiction,
      tokens: this.#tokens.health(),
    };
  }

  /** Seals what was recorded before the call. @returns false when that failed: `health` says why */
  async sealNow(): Promise<boolean> {
    await this.#running;
    return this.#round();
  }

  /** Seals what is left, unless no authority answers in time. Nothing is lost then: the next run seals it. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancel?.();
    let cancel: (() => void) | undefined;
    const waited = new Promise<boolean>((resolve) => {
      cancel = this.#options.after(closeWait, () => resolve(false));
    });
    await Promise.race([this.sealNow(), waited]);
    cancel?.();
    await this.#options.builder.close();
  }

  #schedule(ms: number): void {
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#closed) return;
    this.#cancel = this.#options.after(ms, () => void this.#round());
  }

  #round(): Promise<boolean> {
    this.#running ??= this.#sealAll().finally(() => {
      this.#running = undefined;
      if (this.#failure !== undefined) this.#schedule(this.#retry);
      else if (this.#oldest !== undefined || this.#mustWatch()) this.#schedule(this.#pause);
    });
    return this.#running;
  }

  async #sealAll(): Promise<boolean> {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#hasBuilt = false;
    try {
      let done: Step;
      do done = await this.#sealOne();
      while (done === "more follows");
      this.#failure = undefined;
      this.#pause = done === "another node seals" ? watchInterval : batchInterval;
      this.#retry = firstRetry;
      return done === "sealed" || this.#oldest === undefined;
    } catch (error) {
      if (this.#failure !== undefined && this.#hasBuilt)
        this.#retry = Math.min(2 * this.#retry, longestRetry);
      this.#failure = { since: this.#failure?.since ?? this.#options.clock.now(), reason: reasonOf(error) };
      return false;
    }
  }

  /** What other nodes record comes unannounced, and so does the moment when this one must seal in their place. */
  #mustWatch(): boolean {
    return this.#options.store.nodes === "several";
  }

  /** Learns what is not sealed. */
  async #look(): Promise<void> {
    const built = await this.#options.builder.build({ limit: 0, freshSince: 0, settled: [] });
    if (built.outcome !== "nothing") return;
    // Nobody knows when a document was kept that waits alone.
    const alone = built.documents > 0 ? (this.#oldest ?? this.#options.clock.now()) : undefined;
    this.#oldest = built.oldestBeyond ?? alone;
  }

  async #sealOne(): Promise<Step> {
    this.#count = 0;
    this.#firstSinceRound = undefined;
    if (!(await this.#options.store.holdsSealing())) {
      await this.#look();
      return "another node seals";
    }
    this.#hasBuilt = true;
    const built = await this.#build([]);
    if (built.outcome === "built") await this.#stamp(built.batch);
    this.#oldest = built.oldestBeyond ?? this.#firstSinceRound;
    return built.oldestBeyond === undefined ? "sealed" : "more follows";
  }

  async #stamp(built: Omit<Batch, "token" | "genTime" | "authority">): Promise<void> {
    const { store, timestampSources, sealed } = this.#options;
    const unexpected = (token: UnexpectedToken) => this.#tokens.keepUnexpected(token);
    const sources = { ...timestampSources(), unexpected };
    const recordTime = this.#newest ?? 0;
    const imprint = { digest: "sha256", value: built.root } as const;
    const { token, timestamp, authority } = await obtainTimestamp(imprint, sources);
    const { genTime } = timestamp;
    const batch = { ...built, token, genTime, authority };
    await store.recordBatch(batch);
    if (this.#newest === recordTime) this.#newest = undefined;
    const contradicts = genTime < recordTime - clockSkewMs;
    this.#contradiction = contradicts ? { batch: batch.number, genTime, recordTime } : undefined;
    sealed?.(batch);
    await this.#tokens.stampAgain(batch, sources);
  }

  /** Two rounds at most: the second one knows all responses that the first one missed. */
  async #build(settled: readonly SettledOcsp[]): Promise<Exclude<Built, { outcome: "stale" }>> {
    const { builder, clock } = this.#options;
    const built = await builder.build({
      limit: batchRecords,
      freshSince: clock.now() - ocspFreshFor,
      settled,
    });
    if (built.outcome !== "stale") return built;
    return this.#build([...settled, ...(await this.#refresh(built.stale))]);
  }

  /** Gets a fresher response for each. Where none is to be had the batch does without: its time must not wait. */
  async #refresh(stale: readonly StaleOcsp[]): Promise<SettledOcsp[]> {
    const { freshOcsp, store } = this.#options;
    return Promise.all(
      stale.map(async ({ certificate, ocsp }) => {
        const pair = { certificate: certificate.sha256, ocsp: ocsp.sha256 };
        try {
          const fresh = await freshOcsp(certificate.der, certificate.issuerDer);
          if (fresh.thisUpdate <= ocsp.thisUpdate) return { ...pair, extra: undefined };
          return { ...pair, extra: await store.keepOcsp(fresh) };
        } catch {
          return { ...pair, extra: undefined };
        }
      }),
    );
  }
}
