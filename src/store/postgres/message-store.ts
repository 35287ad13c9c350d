import { sha256 } from "../../core/bytes.ts";
import type { Clock } from "../../core/clock.ts";
import { SealwayError } from "../../core/errors.ts";
import { uuidV7 } from "../../core/uuid.ts";
import type {
  AppendOutcome,
  ContextDocument,
  CountedUses,
  OpenRequest,
} from "../../messagelog/message-record.ts";
import type {
  Batch,
  MessageStore,
  OpenContent,
  RecordName,
  ReplacedContent,
  SealedContent,
  StoredOcsp,
  StoreHealth,
} from "../../messagelog/message-store.ts";
import { appendOutcome } from "./append-outcome.ts";
import { CommitDoubt } from "./commit-doubt.ts";
import { reasonOf, unavailable } from "./database.ts";
import { LogSession } from "./log-session.ts";
import { CommitInDoubt } from "./log-writer.ts";
import type { PostgresPlace } from "./place.ts";
import { refusal } from "./prepare-log.ts";
import { RecordQueue } from "./record-queue.ts";
import { pendingRecord } from "./record-rows.ts";
import { Upkeep } from "./upkeep.ts";

export interface PostgresMessageStoreOptions {
  readonly place: PostgresPlace;
  readonly clock: Clock;
  readonly pace?: Pace;
  /** Told of each transaction, how many records were in it. */
  readonly committed?: (records: number) => void;
}

/** How often and how long, milliseconds. */
export interface Pace {
  /** Between signs of life. */
  readonly life: number;
  /** As `LogSessionOptions.silence`. */
  readonly silence: number;
  /** Between rounds of upkeep. */
  readonly upkeep: number;
  /** A node that was not seen for so long and has no connection is dead: what it left open is closed by another. */
  readonly deadAfter: number;
}

const usualPace: Pace = { life: 5_000, silence: 20_000, upkeep: 30_000, deadAfter: 30_000 };

/**
 * Opens the log's database as one of the nodes that write it, and brings its schema up to date.
 * @throws SealwayError `log_unavailable` when it cannot be reached or written, a newer release wrote it, or its settings
 *   would lose what was acknowledged
 */
export async function openPostgresMessageStore(options: PostgresMessageStoreOptions): Promise<MessageStore> {
  const store = new PostgresMessageStore(options);
  await store.start();
  return store;
}

/** Milliseconds before a session is opened again; the last one for ever. */
const pauses = [100, 1000, 4000, 10_000] as const;

/** Records that are erased or re-keyed before others are appended again. */
const pieceLength = 100;

/**
 * Group commit on one connection: while a group is written, what arrives forms the next ones. Whatever goes wrong there
 * rejects all that waits, and a new session, which is a writer of its own, is opened until one can be written.
 */
class PostgresMessageStore implements MessageStore {
  readonly nodes = "several";
  readonly #options: PostgresMessageStoreOptions;
  readonly #pace: Pace;
  readonly #upkeep: Upkeep;
  readonly #queue = new RecordQueue();
  #node: string;
  #session: LogSession | undefined;
  #previous: number | undefined;
  readonly #doubt = new CommitDoubt();
  #health: StoreHealth = { state: "ok" };
  /** What the connection is doing, until all of it is done. */
  #work: Promise<unknown> = Promise.resolve();
  #scheduled = false;
  #closing = false;
  #restart: NodeJS.Timeout | undefined;
  readonly #timers: NodeJS.Timeout[] = [];

  constructor(options: PostgresMessageStoreOptions) {
    this.#options = options;
    this.#pace = options.pace ?? usualPace;
    this.#upkeep = new Upkeep(options);
    this.#node = uuidV7(options.clock.now());
  }

  async start(): Promise<void> {
    try {
      await this.#upkeep.prepare();
      await this.#openSession();
      await this.#upkeep.run();
    } catch (error) {
      this.#closing = true;
      this.#session?.destroy();
      throw refusal(error);
    }
    this.#timers.push(
      setInterval(() => void this.#showLife(), this.#pace.life),
      // Whatever fails there is tried again; what matters to a record fails with the record.
      setInterval(() => void this.#upkeep.run().catch(() => undefined), this.#pace.upkeep),
    );
    for (const timer of this.#timers) timer.unref();
  }

  async append(record: OpenContent, sealed: SealedContent): Promise<AppendOutcome> {
    this.#checkOpen();
    this.#queue.checkRoom();
    const { writer } = this.#session!;
    const answered = this.#queue.add(pendingRecord(record, sealed));
    this.#schedule();
    return appendOutcome(await answered, writer);
  }

  keepDocument(document: ContextDocument): Promise<void> {
    return this.#errand((session) => session.keepDocument(document));
  }

  async takeUses(counted: readonly CountedUses[]): Promise<void> {
    await this.#inPieces(counted, (session, piece) => session.takeUses(piece));
  }

  keepOcsp(ocsp: Omit<StoredOcsp, "sha256">): Promise<string> {
    const name = sha256(ocsp.der).toString("base64url");
    return this.#errand((session) => session.keepOcsp(name, ocsp));
  }

  async recordBatch(batch: Batch): Promise<void> {
    if (await this.#errand((session) => session.recordBatch(batch))) return;
    throw new SealwayError(
      "internal_error",
      `batch ${batch.number} does not follow the last one, or another node seals`,
    );
  }

  eraseContent(records: readonly RecordName[]): Promise<number> {
    return this.#inPieces(records, (session, piece) => session.eraseContent(piece));
  }

  replaceContent(records: readonly ReplacedContent[]): Promise<number> {
    return this.#inPieces(records, (session, piece) => session.replaceContent(piece));
  }

  holdsSealing(): Promise<boolean> {
    return this.#errand((session) => session.holdsSealing());
  }

  async openRequests(): Promise<readonly OpenRequest[]> {
    this.#checkOpen();
    try {
      return await this.#upkeep.openRequests(this.#node, this.#pace.deadAfter);
    } catch (error) {
      throw unavailable(reasonOf(error), error);
    }
  }

  health(): StoreHealth {
    return this.#health;
  }

  async close(): Promise<void> {
    if (this.#closing) return;
    while (this.#session !== undefined && (this.#scheduled || !this.#queue.isEmpty)) {
      await new Promise(setImmediate);
      await this.#work;
    }
    this.#closing = true;
    clearTimeout(this.#restart);
    for (const timer of this.#timers) clearInterval(timer);
    await this.#work;
    this.#doubt.giveUp();
    await this.#session?.end();
  }

  #checkOpen(): void {
    if (this.#closing) throw unavailable("the message log is closed");
    if (this.#health.state !== "ok") throw unavailable(this.#health.reason);
  }

  /** One piece of work at a time is done on the connection. @throws SealwayError `log_unavailable` */
  async #errand<Result>(work: (session: LogSession) => Promise<Result>): Promise<Result> {
    this.#checkOpen();
    const session = this.#session!;
    const done = this.#work.then(() => {
      if (session !== this.#session) throw unavailable("the connection to the database was lost");
      return work(session);
    });
    this.#work = done.catch(() => undefined);
    try {
      return await done;
    } catch (error) {
      if (!(error instanceof SealwayError)) this.#fail(session, error);
      throw unavailable(reasonOf(error), error);
    }
  }

  /** Records are appended between the pieces. @returns the sum of what came of each */
  async #inPieces<Item>(
    items: readonly Item[],
    work: (session: LogSession, piece: readonly Item[]) => Promise<number>,
  ): Promise<number> {
    let sum = 0;
    for (let i = 0; i < items.length; i += pieceLength) {
      sum += await this.#errand((session) => work(session, items.slice(i, i + pieceLength)));
    }
    return sum;
  }

  /** An idle log takes what one turn of the event loop brings. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#work = this.#work.then(() => this.#writeNext());
    });
  }

  async #writeNext(): Promise<void> {
    this.#scheduled = false;
    const session = this.#session;
    if (session === undefined || this.#queue.isEmpty) return;
    const group = this.#queue.take();
    // Behind it comes what else waits for the connection, then the next group.
    if (!this.#queue.isEmpty) this.#schedule();
    try {
      group.answer(await session.commit(group.records));
      this.#options.committed?.(group.records.length);
    } catch (error) {
      if (error instanceof CommitInDoubt) this.#doubt.keep(group, error);
      else group.refuse(unavailable(reasonOf(error), error));
      this.#fail(session, error instanceof CommitInDoubt ? error.cause : error);
    }
  }

  /** @param session which failed; nothing happens when another one has taken its place */
  #fail(session: LogSession, cause: unknown): void {
    if (session !== this.#session || this.#closing) return;
    this.#session = undefined;
    this.#previous = session.ordinal;
    session.destroy();
    const reason = reasonOf(cause);
    this.#health = { state: "unavailable", since: this.#options.clock.now(), reason };
    this.#queue.refuseAll(unavailable(reason, cause));
    this.#restartAfter(0);
  }

  #restartAfter(attempt: number): void {
    if (this.#closing) return;
    this.#restart = setTimeout(
      () => {
        this.#openSession().catch((error: unknown) => {
          if (this.#health.state === "unavailable")
            this.#health = { ...this.#health, reason: reasonOf(error) };
          this.#restartAfter(attempt + 1);
        });
      },
      pauses[Math.min(attempt, pauses.length - 1)],
    );
  }

  async #openSession(): Promise<void> {
    const { place, clock } = this.#options;
    const { silence } = this.#pace;
    const open = { place, now: clock.now(), previous: this.#previous, silence };
    let session = await LogSession.open({ ...open, node: this.#node });
    if (session === undefined) {
      this.#node = uuidV7(clock.now());
      session = await LogSession.open({ ...open, node: this.#node });
    }
    if (session === undefined) throw new Error("a new node cannot have an heir");
    if (this.#closing) return session.end();
    if (this.#previous !== undefined) this.#doubt.settle(await session.lastOf(this.#previous));
    this.#session = session;
    this.#health = { state: "ok" };
    session.onLost((error) => this.#fail(session, error));
  }

  async #showLife(): Promise<void> {
    if (this.#health.state === "ok")
      await this.#errand((session) => session.showLife()).catch(() => undefined);
  }
}
