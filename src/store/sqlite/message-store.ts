import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { asBuffer, sha256 } from "../../core/bytes.ts";
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
import { type Group, GroupCommit } from "./group-commit.ts";
import type { FromLogWorker, LogWorkerData, ToLogWorker } from "./log-worker.ts";
import { appendOutcome, outcomes } from "./outcomes.ts";
import { Slots } from "./slots.ts";

export interface SqliteMessageStoreOptions {
  /** Created when it does not exist; nobody else may read it. */
  readonly directory: string;
  readonly clock: Clock;
  /** Told of each transaction, how many items it had. */
  readonly committed?: (items: number) => void;
}

/**
 * Opens the log's database in a thread of its own and becomes its only writer.
 * @throws SealwayError `log_unavailable` when another process has it open, a newer release wrote it, or it
 *   cannot be written
 */
export async function openSqliteMessageStore(options: SqliteMessageStoreOptions): Promise<MessageStore> {
  const store = new SqliteMessageStore(options);
  await store.start();
  return store;
}

/** For a response that no record of this run names. */
const unnamedSlot = -1;

/** Milliseconds before the writer is started again; the last one for ever. */
const pauses = [250, 1000, 4000, 10_000] as const;

/**
 * Whatever goes wrong in the thread — the thread dies, the disk is full, reading or writing fails — rejects all
 * that waits, and a fresh thread, which is a writer of its own, is started until one can commit again.
 */
class SqliteMessageStore implements MessageStore {
  readonly nodes = "one";
  readonly #options: SqliteMessageStoreOptions;
  readonly #groups = new GroupCommit((group) => this.#send(group));
  readonly #certificates = new Slots();
  readonly #responses = new Slots();
  #worker: Worker | undefined;
  #writer = "";
  #health: StoreHealth = { state: "ok" };
  #closing = false;
  #restart: NodeJS.Timeout | undefined;
  readonly #readers: {
    readonly resolve: (requests: readonly OpenRequest[]) => void;
    readonly reject: (error: Error) => void;
  }[] = [];

  constructor(options: SqliteMessageStoreOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const writer = uuidV7(this.#options.clock.now());
    const workerData: LogWorkerData = { directory: this.#options.directory, writer };
    // Without what the process preloads, it starts in a third of the time; V8's own flags no thread may be given.
    const execArgv = process.execArgv.filter((flag) => flag.startsWith("--cpu-prof"));
    const worker = new Worker(new URL("./log-worker.ts", import.meta.url), {
      name: "log-worker",
      workerData,
      execArgv,
    });
    const answer = await firstMessage(worker);
    if (answer.kind === "refused") {
      await worker.terminate();
      throw unavailable(answer.reason);
    }
    worker.on("message", (message: FromLogWorker) => this.#receive(message));
    worker.on("error", (error) => this.#fail("the writer's thread failed", error));
    worker.on("exit", () => this.#fail("the writer's thread ended"));
    this.#writer = writer;
    this.#worker = worker;
    this.#health = { state: "ok" };
  }

  async append(record: OpenContent, sealed: SealedContent): Promise<AppendOutcome> {
    this.#checkOpen();
    const frame = this.#groups.frame();
    const { certificate, ocsp } = record;
    const certificateSlot = this.#certificates.of(certificate.sha256, certificate.der, (slot, digest) =>
      frame.certificate(slot, digest, certificate.der, certificate.issuerDer),
    );
    const ocspSlot = this.#responses.of(ocsp.sha256, ocsp.der, (slot, digest) =>
      frame.ocsp(slot, digest, ocsp),
    );
    frame.record(record, sealed, certificateSlot, ocspSlot);
    const writer = this.#writer;
    const answered = await this.#groups.wait(
      record.exchange.length +
        record.signature.length +
        sealed.head.bytes.length +
        (sealed.body?.bytes.length ?? 0),
    );
    const outcome = appendOutcome(answered, writer);
    if (outcome === undefined)
      throw new SealwayError("internal_error", "an answer without a recorded request");
    return outcome;
  }

  async keepDocument(document: ContextDocument): Promise<void> {
    this.#checkOpen();
    const digest = Buffer.from(document.sha256, "base64url");
    this.#groups.frame().document(digest, document);
    await this.#groups.wait(document.bytes.length);
  }

  async takeUses(counted: readonly CountedUses[]): Promise<void> {
    this.#checkOpen();
    const answers = counted.map((one) => {
      this.#groups.frame().counted(one);
      return this.#groups.wait(0);
    });
    await Promise.all(answers);
  }

  async keepOcsp(ocsp: Omit<StoredOcsp, "sha256">): Promise<string> {
    this.#checkOpen();
    const digest = sha256(ocsp.der);
    this.#groups.frame().ocsp(unnamedSlot, digest, ocsp);
    await this.#groups.wait(ocsp.der.length);
    return digest.toString("base64url");
  }

  async recordBatch(batch: Batch): Promise<void> {
    this.#checkOpen();
    this.#groups.frame().batch(batch);
    const { answer } = await this.#groups.wait(batch.leaves.length);
    if (answer === outcomes.conflict) {
      throw new SealwayError("internal_error", `batch ${batch.number} does not follow the last one`);
    }
  }

  async eraseContent(records: readonly RecordName[]): Promise<number> {
    this.#checkOpen();
    this.#groups.frame().erasure(records);
    return (await this.#groups.wait(100 * records.length)).answer;
  }

  async replaceContent(records: readonly ReplacedContent[]): Promise<number> {
    this.#checkOpen();
    const answers = records.map((record) => {
      this.#groups.frame().replacement(record);
      return this.#groups.wait(record.head.bytes.length + (record.body?.bytes.length ?? 0));
    });
    return (await Promise.all(answers)).reduce((sum, { answer }) => sum + answer, 0);
  }

  /** The log has one writer, who has it locked. */
  async holdsSealing(): Promise<boolean> {
    return true;
  }

  openRequests(): Promise<readonly OpenRequest[]> {
    this.#checkOpen();
    return new Promise((resolve, reject) => {
      this.#readers.push({ resolve, reject });
      this.#post({ kind: "open-requests" });
    });
  }

  health(): StoreHealth {
    return this.#health;
  }

  async close(): Promise<void> {
    if (this.#closing) return;
    await this.#groups.idle();
    this.#closing = true;
    clearTimeout(this.#restart);
    const worker = this.#worker;
    if (worker === undefined) return;
    const ended = once(worker, "exit");
    this.#post({ kind: "close" });
    await ended;
  }

  #checkOpen(): void {
    if (this.#closing) throw unavailable("the message log is closed");
    if (this.#health.state !== "ok") throw unavailable(this.#health.reason);
  }

  #send({ frame }: Group): void {
    const { length, items } = frame;
    const memory = frame.take();
    this.#post({ kind: "commit", frame: memory, length, items, now: this.#options.clock.now() }, [memory]);
  }

  #post(message: ToLogWorker, transfer: ArrayBuffer[] = []): void {
    this.#worker!.postMessage(message, transfer);
  }

  #receive(message: FromLogWorker): void {
    if (message.kind === "committed") {
      this.#options.committed?.(message.answers.length);
      this.#groups.committed(message.answers, message.words, message.frame);
    } else if (message.kind === "open-requests") this.#readers.shift()?.resolve(message.requests.map(revive));
    else if (message.kind === "failed") this.#fail(message.reason);
  }

  #fail(reason: string, cause?: unknown): void {
    const worker = this.#worker;
    if (worker === undefined || this.#closing) return;
    this.#worker = undefined;
    this.#health = { state: "unavailable", since: this.#options.clock.now(), reason };
    this.#certificates.forget();
    this.#responses.forget();
    const error = unavailable(reason, cause);
    this.#groups.failed(error);
    for (const reader of this.#readers.splice(0)) reader.reject(error);
    void worker.terminate().then(() => this.#restartAfter(0));
  }

  #restartAfter(attempt: number): void {
    if (this.#closing) return;
    this.#restart = setTimeout(
      () => {
        this.start().catch((error: unknown) => {
          this.#noteReason(error);
          this.#restartAfter(attempt + 1);
        });
      },
      pauses[Math.min(attempt, pauses.length - 1)],
    );
  }

  #noteReason(error: unknown): void {
    if (this.#health.state === "unavailable" && error instanceof SealwayError) {
      this.#health = { ...this.#health, reason: error.detail };
    }
  }
}

/** Buffers cross threads as plain byte arrays. */
function revive(request: OpenRequest): OpenRequest {
  return { ...request, exchange: asBuffer(request.exchange) };
}

function unavailable(reason: string, cause?: unknown): SealwayError {
  return new SealwayError("log_unavailable", reason, { cause });
}

/** The thread's first word; its death before that is an answer too. */
async function firstMessage(worker: Worker): Promise<FromLogWorker> {
  const died: Promise<FromLogWorker> = once(worker, "exit").then(() => ({
    kind: "refused",
    reason: "the writer's thread did not start",
  }));
  return Promise.race([once(worker, "message").then(([message]) => message as FromLogWorker), died]);
}
