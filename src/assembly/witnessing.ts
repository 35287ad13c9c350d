import type { KeyObject } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "pino";
import { sha256Base64Url } from "../core/bytes.ts";
import type { Clock } from "../core/clock.ts";
import type { Alarm } from "../http/health-interface.ts";
import { formatCheckpoint, originOf } from "../messagelog/checkpoint/checkpoint.ts";
import { checkContinuity, type KnownHead } from "../messagelog/checkpoint/continuity.ts";
import type { Discontinuity } from "../messagelog/checkpoint/discontinuity.ts";
import { headsOf, syncTree } from "../messagelog/checkpoint/log-tree.ts";
import {
  formatNote,
  type NoteSignature,
  publicKeyText,
  signNote,
} from "../messagelog/checkpoint/signed-note.ts";
import { TreeFile } from "../messagelog/checkpoint/tree-file.ts";
import type { MessageLog } from "../messagelog/message-record.ts";
import type { Batch, LogReader } from "../messagelog/message-store.ts";
import type { After } from "../pki/ocsp-stapler.ts";
import { writeFileAtomically } from "../trust/atomic-file.ts";
import type { ConfigurationContent } from "../trust/global-configuration.ts";
import type { CheckpointSealer } from "./checkpoint-sealer.ts";
import {
  askWitnesses,
  checkpointDirectory,
  discontinuityRules,
  knownHeads,
  latestNote,
  readLatest,
  readRecords,
} from "./known-heads.ts";
import { type Submitted, submitCheckpoint } from "./submit-checkpoint.ts";
import { logKeysOf, type WitnessPlace, type WitnessWays, witnessPlaces } from "./witness-places.ts";

export interface WitnessingOptions {
  readonly stateDirectory: string;
  readonly key: KeyObject;
  readonly ways: WitnessWays;
  readonly clock: Clock;
  readonly after: After;
  readonly logger: Logger;
  /** The content of the configuration in force. @throws SealwayError `configuration_expired` */
  readonly content: () => ConfigurationContent;
  /** Has checkpoints sealed by members that do. */
  readonly sealer: CheckpointSealer;
  /** Opens the log for reading. @returns undefined when there is none yet */
  readonly openReader: () => LogReader | undefined;
}

/** For the health interface. */
export interface WitnessingHealth {
  /** Batches in the tree, and how many of them are cosigned. */
  readonly size: number;
  readonly cosignedSize: number;
  /** Milliseconds since the newest cosignature; null when there is none in this run. */
  readonly cosignedAgeMs: number | null;
  /** How long the oldest batch has waited for a cosignature, milliseconds. */
  readonly waitingMs: number;
  /** Whether the key of this server's log is in the configuration. */
  readonly registered: boolean;
  readonly publicKey: string;
  /** By witness: why it did not cosign at the last attempt; or could not be asked at the start. */
  readonly failures: ReadonlyMap<string, Exclude<Submitted, { outcome: "cosigned" }>>;
  /** Of checkpoints that members have not sealed that do. */
  readonly sealAlarms: readonly Alarm[];
}

/** Batches that are compared with the tree at a start. */
const comparedAtStart = 16;
const firstRetry = 15_000;
const longestRetry = 10 * 60_000;
/** How long `close` waits for witnesses. */
const closeWait = 3_000;

/** Has every batch of the log witnessed, beside the traffic, and lets a server start only on what witnesses have seen. */
export class Witnessing {
  readonly #options: WitnessingOptions;
  readonly #directory: string;
  readonly #tree: TreeFile;
  readonly #sizes = new Map<string, number>();
  readonly #failures = new Map<string, Exclude<Submitted, { outcome: "cosigned" }>>();
  #records: readonly Discontinuity[] = [];
  #reader: LogReader | undefined;
  #cosigned: { readonly size: number; readonly time: number | undefined } = { size: 0, time: undefined };
  /** Since when there is a batch without cosignature. */
  #waitingSince: number | undefined;
  #isWanted = false;
  #running: Promise<void> | undefined;
  #cancel: (() => void) | undefined;
  #retry = firstRetry;
  #closed = false;

  private constructor(options: WitnessingOptions, directory: string) {
    this.#options = options;
    this.#directory = directory;
    this.#tree = new TreeFile(join(directory, "tree"));
  }

  /**
   * Compares the log with what this server noted outside of it and with what its witnesses have seen; one that cannot
   * be asked is passed over, and told by `health`.
   * @throws SealwayError `log_discontinuous` when the log does not extend that and no record of two officers says why
   */
  static async open(options: WitnessingOptions): Promise<Witnessing> {
    const directory = checkpointDirectory(options.stateDirectory);
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const witnessing = new Witnessing(options, directory);
    try {
      await witnessing.#start();
      return witnessing;
    } catch (error) {
      await witnessing.close();
      throw error;
    }
  }

  /** Told of each batch. */
  sealed(): void {
    this.#waitingSince ??= this.#options.clock.now();
    this.#isWanted = true;
    this.#run();
  }

  /** By which this log goes on from an earlier state; verified. */
  get records(): readonly Discontinuity[] {
    return this.#records;
  }

  /** Keeps the discontinuity records in the log itself, and has witnessed what an earlier run left. */
  async logOpened(log: Pick<MessageLog, "keep">): Promise<void> {
    this.#options.sealer.logOpened(log);
    for (const { bytes } of this.#records) {
      await log.keep({ kind: "discontinuity", sha256: sha256Base64Url(bytes), bytes });
    }
    if (this.#tree.size > this.#cosigned.size) this.sealed();
  }

  health(): WitnessingHealth {
    const { clock, content, key, ways } = this.#options;
    const publicKey = publicKeyText(key);
    const { size, time } = this.#cosigned;
    const now = clock.now();
    return {
      size: this.#tree.size,
      cosignedSize: size,
      cosignedAgeMs: time === undefined ? null : Math.max(0, now - time),
      waitingMs: this.#waitingSince === undefined ? 0 : Math.max(0, now - this.#waitingSince),
      registered: content().servers.some(
        ({ id, logKeys }) => id === ways.self && logKeys?.includes(publicKey),
      ),
      publicKey,
      failures: this.#failures,
      sealAlarms: this.#options.sealer.alarms(),
    };
  }

  /** Gives witnesses a moment for what is on its way. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel?.();
    let cancel: (() => void) | undefined;
    const waited = new Promise<void>((resolve) => {
      cancel = this.#options.after(closeWait, resolve);
    });
    await Promise.race([this.#running, waited]);
    cancel?.();
    this.#reader?.close();
    this.#tree.close();
  }

  async #start(): Promise<void> {
    const { content, logger, openReader, ways } = this.#options;
    const configuration = content();
    const keys = logKeysOf(configuration, ways.self);
    this.#reader = openReader();
    await this.#syncAll();
    const noted = await readLatest(this.#directory, keys);
    const asked = await askWitnesses(witnessPlaces(configuration, ways), originOf(ways.self));
    const { known, unsigned } = knownHeads(asked, keys);
    for (const witness of unsigned) logger.warn({ witness }, "a witness shows what this server did not sign");
    this.#records = await readRecords(this.#directory, ways.self, discontinuityRules(configuration), logger);
    await this.#checkContinuity([...noted, ...known]);
    for (const [title, reason] of asked.silent) this.#failures.set(title, { outcome: "not now", reason });
    for (const { by, size } of known) this.#sizes.set(by, size);
    const seen = [...noted, ...known].map(({ size }) => Math.min(size, this.#tree.size));
    this.#cosigned = { size: Math.max(0, ...seen), time: undefined };
  }

  async #syncAll(): Promise<void> {
    if (this.#reader === undefined) this.#tree.truncate(0);
    else await syncTree(this.#tree, this.#reader, comparedAtStart);
  }

  /** What a crash left of the tree must not speak against the log: it is made anew before a start is refused. */
  async #checkContinuity(known: readonly KnownHead[]): Promise<void> {
    try {
      checkContinuity(this.#tree, known, this.#records);
    } catch {
      this.#tree.truncate(0);
      await this.#syncAll();
      checkContinuity(this.#tree, known, this.#records);
    }
  }

  #run(): void {
    if (this.#running !== undefined || this.#closed) return;
    this.#cancel?.();
    this.#running = this.#publishAll().finally(() => {
      this.#running = undefined;
      if (this.#isWanted && !this.#closed) this.#cancel = this.#options.after(this.#retry, () => this.#run());
    });
  }

  async #publishAll(): Promise<void> {
    while (this.#isWanted && !this.#closed) {
      this.#isWanted = false;
      try {
        if (await this.#publish()) this.#retry = firstRetry;
        else this.#isWanted = true;
      } catch (err) {
        this.#isWanted = true;
        if (this.#closed) return;
        this.#options.logger.error({ err }, "a checkpoint cannot be made");
      }
      if (this.#isWanted) {
        this.#retry = Math.min(2 * this.#retry, longestRetry);
        return;
      }
    }
  }

  /** @returns whether every witness cosigned */
  async #publish(): Promise<boolean> {
    const { content, openReader, ways } = this.#options;
    this.#reader ??= openReader();
    if (this.#reader === undefined) return true;
    const batch = await syncTree(this.#tree, this.#reader, 1);
    const configuration = content();
    if (batch === undefined || logKeysOf(configuration, ways.self).length === 0) return true;
    const places = witnessPlaces(configuration, ways);
    const { text, signature } = await this.#checkpoint(batch, this.#reader);
    const note = formatNote({ text, signatures: [signature] });
    const submission = { text, note, size: batch.number, tree: this.#tree, records: this.#records };
    const sealing = this.#options.sealer.seal(this.#tree.head(batch.number), batch);
    const results = await Promise.all(
      places.map((place) => submitCheckpoint(place, submission, this.#sizes.get(place.title) ?? 0)),
    );
    await sealing;
    const cosignatures = results.filter((result, i) => this.#note(places[i]!, batch, result));
    if (cosignatures.length > 0) {
      const all = cosignatures.map((one) => (one as Submitted & { outcome: "cosigned" }).cosignature);
      await this.#keep(batch.number, text, [signature, ...all]);
    }
    return cosignatures.length === places.length;
  }

  async #checkpoint(batch: Batch, reader: LogReader): Promise<{ text: string; signature: NoteSignature }> {
    const origin = originOf(this.#options.ways.self);
    const heads = await headsOf(batch, reader);
    const text = formatCheckpoint({ origin, ...this.#tree.head(batch.number), heads });
    return { text, signature: signNote(text, { name: origin, key: this.#options.key }) };
  }

  #note({ title }: WitnessPlace, batch: Batch, result: Submitted): boolean {
    if (result.outcome === "cosigned") {
      this.#sizes.set(title, batch.number);
      this.#failures.delete(title);
      return true;
    }
    const before = this.#failures.get(title);
    this.#failures.set(title, result);
    const { logger } = this.#options;
    if (before?.reason !== result.reason)
      logger.warn({ witness: title, ...result }, "a witness did not cosign");
    return false;
  }

  /** Durable before it counts: at the next start the log must extend it. */
  async #keep(size: number, text: string, signatures: readonly NoteSignature[]): Promise<void> {
    const note = Buffer.from(formatNote({ text, signatures }));
    await writeFileAtomically(join(this.#directory, latestNote), note, "private");
    this.#cosigned = { size, time: this.#options.clock.now() };
    this.#waitingSince = undefined;
  }
}
