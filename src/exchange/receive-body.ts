import { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import type { Clock } from "../core/clock.ts";
import type { ErrorCode } from "../core/error-codes.ts";
import { SealwayError } from "../core/errors.ts";
import type { BodyBinding } from "../message/head.ts";
import { type Body, type BodyAlgorithm, maxInlineBody } from "./body.ts";
import { BodyInMemory } from "./body-in-memory.ts";
import { startDeadline } from "./deadline-timer.ts";
import { freeBuffer } from "./free-buffer.ts";
import { AnswerStream } from "./outgoing-call.ts";
import { SpoolWriter } from "./spool-writer.ts";

/** Where in an exchange a body arrives: as the columns of the pipeline's table. */
export type BodyPassage = "consumer-in" | "provider-in" | "provider-out" | "consumer-out";

interface PassageRule {
  readonly algorithm: BodyAlgorithm;
  readonly cutOff: ErrorCode;
  readonly late: ErrorCode;
  readonly tooLarge: ErrorCode;
  /** A request's connection still carries the refusal; an answer's has nothing left to say. */
  readonly connection: "keep" | "destroy";
}

// biome-ignore format: a table is read by its columns
const passages: Readonly<Record<BodyPassage, PassageRule>> = {
  "consumer-in":  { algorithm: "sha512", cutOff: "incomplete_body", late: "deadline_exceeded", tooLarge: "body_too_large",   connection: "keep" },
  "provider-in":  { algorithm: "sha512", cutOff: "incomplete_body", late: "deadline_exceeded", tooLarge: "body_too_large",   connection: "keep" },
  "provider-out": { algorithm: "sha256", cutOff: "service_cut_off", late: "service_timeout",   tooLarge: "invalid_response", connection: "destroy" },
  "consumer-out": { algorithm: "sha256", cutOff: "peer_cut_off",    late: "peer_timeout",      tooLarge: "invalid_response", connection: "destroy" },
};

export interface ReceiveOptions {
  readonly passage: BodyPassage;
  readonly maxBytes: number;
  /** Milliseconds since the epoch by which the body must be complete. */
  readonly deadline: number;
  /** What the signed head says of the body, null for "none"; left out where no signed head exists yet. */
  readonly expected?: BodyBinding | null;
  readonly spoolDirectory: string;
  readonly clock: Clock;
}

/**
 * Receives a body to its end before anything else sees it: in memory up to 64 KiB, beyond that hashed and encrypted
 * block by block into a spool file, with flat memory and back-pressure on the source.
 * @returns null when the body has no byte
 * @throws SealwayError `digest_mismatch` when it is not what the signed head says (at the first byte too many),
 *   `spool_unavailable`, and by passage: `body_too_large` | `invalid_response`, `incomplete_body` |
 *   `service_cut_off` | `peer_cut_off`, `deadline_exceeded` | `service_timeout` | `peer_timeout`; an error of the
 *   source that already is a SealwayError is passed on
 */
export function receiveBody(source: Readable | Buffer, options: ReceiveOptions): Promise<Body | null> {
  const rule = passages[options.passage];
  return new Promise((resolve, reject) => {
    const stated = options.expected?.length ?? 0;
    if (stated > options.maxBytes) {
      release(source, rule);
      throw tooLarge(rule, options);
    }
    if (source instanceof Readable) new Reception(source, options, rule, resolve, reject).begin();
    else resolve(bodyOfBytes(source, options, rule));
  });
}

/** One body on its way in. */
class Reception {
  readonly #source: Readable;
  readonly #options: ReceiveOptions;
  readonly #rule: PassageRule;
  readonly #resolve: (body: Body | null) => void;
  readonly #reject: (error: unknown) => void;
  #timer: NodeJS.Timeout | undefined;
  #chunks: Buffer[] = [];
  #length = 0;
  #spool: SpoolWriter | undefined;
  #spent: Buffer | undefined;
  #settled = false;

  constructor(
    source: Readable,
    options: ReceiveOptions,
    rule: PassageRule,
    resolve: (body: Body | null) => void,
    reject: (error: unknown) => void,
  ) {
    this.#source = source;
    this.#options = options;
    this.#rule = rule;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  begin(): void {
    const { deadline, clock } = this.#options;
    const source = this.#source;
    if (source.destroyed && !source.readableEnded) {
      this.#onError(source.errored);
      return;
    }
    this.#timer = startDeadline(this.#onDeadline, deadline - clock.now());
    source.on("error", this.#onError).on("close", this.#onClose);
    source.on("data", this.#onData).on("end", this.#onEnd);
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#length += chunk.length;
    const { expected, maxBytes } = this.#options;
    if (expected !== undefined && this.#length > (expected?.length ?? 0)) this.#fail(mismatch());
    else if (this.#length > maxBytes) this.#fail(tooLarge(this.#rule, this.#options));
    else if (this.#spool !== undefined) this.#spoolOn(this.#spool, chunk);
    else if (this.#length <= maxInlineBody) this.#chunks.push(chunk);
    else this.#startSpool(chunk);
  };

  #startSpool(chunk: Buffer): void {
    this.#chunks.push(chunk);
    const early = Buffer.concat(this.#chunks, this.#length);
    this.#chunks = [];
    this.#spool = new SpoolWriter(this.#options.spoolDirectory, this.#rule.algorithm);
    this.#spoolOn(this.#spool, early);
  }

  #spoolOn(spool: SpoolWriter, chunk: Buffer): void {
    const wait = spool.take(chunk);
    this.#freeSpent(chunk);
    if (wait === undefined) return;
    this.#source.pause();
    wait.then(this.#onRoom, this.#fail);
  }

  /** Frees the chunk before this one: the parser that gave this one out may still be at it. */
  #freeSpent(chunk: Buffer): void {
    if (!ownsItsChunks(this.#source)) return;
    if (this.#spent !== undefined) freeBuffer(this.#spent);
    this.#spent = chunk;
  }

  readonly #onRoom = (): void => {
    if (!this.#settled) this.#source.resume();
  };

  readonly #onEnd = (): void => {
    if (this.#spool !== undefined) this.#spool.finish().then(this.#complete, this.#fail);
    else this.#completeInMemory();
  };

  #completeInMemory(): void {
    const bytes = this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks);
    try {
      const body = bodyOfBytes(bytes, this.#options, this.#rule);
      this.#settle();
      this.#resolve(body);
    } catch (error) {
      this.#fail(error);
    }
  }

  readonly #complete = (body: Body): void => {
    const { expected } = this.#options;
    if (this.#settled) return;
    if (expected !== undefined && !fits(body, expected)) {
      this.#fail(mismatch());
      return;
    }
    this.#settle();
    this.#resolve(body);
  };

  readonly #onError = (cause: Error | null): void => {
    this.#fail(cause instanceof SealwayError ? cause : cutOff(this.#rule, cause));
  };

  /** What closes without its end was cut; what has ended may still be on its way to the disk. */
  readonly #onClose = (): void => {
    if (!this.#source.readableEnded) this.#onError(null);
  };

  readonly #onDeadline = (): void => {
    this.#fail(new SealwayError(this.#rule.late, "the body was not complete in time"));
  };

  readonly #fail = (error: unknown): void => {
    if (this.#settled) return;
    this.#settle();
    this.#spool?.abandon();
    release(this.#source, this.#rule);
    this.#reject(error);
  };

  #settle(): void {
    this.#settled = true;
    clearTimeout(this.#timer);
    this.#source.off("data", this.#onData).off("end", this.#onEnd);
    this.#source.off("close", this.#onClose).off("error", this.#onError);
  }
}

/** Chunks that come off a connection are nobody else's; other streams may hand out buffers that they keep. */
function ownsItsChunks(source: Readable): boolean {
  return source instanceof IncomingMessage || source instanceof AnswerStream;
}

function bodyOfBytes(bytes: Buffer, options: ReceiveOptions, rule: PassageRule): Body | null {
  if (bytes.length > options.maxBytes) throw tooLarge(rule, options);
  const body = bytes.length === 0 ? null : new BodyInMemory(bytes, rule.algorithm);
  if (options.expected !== undefined && !fits(body, options.expected)) throw mismatch();
  return body;
}

function fits(body: Body | null, expected: BodyBinding | null): boolean {
  if (body === null || expected === null) return body === expected;
  return body.length === expected.length && body.digest.equals(expected.digest);
}

/** What the source says after the verdict is nobody's: an error without a listener would end the process. */
function release(source: Readable | Buffer, rule: PassageRule): void {
  if (!(source instanceof Readable)) return;
  source.on("error", ignore);
  if (rule.connection === "destroy") source.destroy();
  else source.pause();
}

function ignore(): void {}

function cutOff(rule: PassageRule, cause: Error | null): SealwayError {
  return new SealwayError(rule.cutOff, "the connection broke before the body was complete", { cause });
}

function tooLarge(rule: PassageRule, { maxBytes }: ReceiveOptions): SealwayError {
  return new SealwayError(rule.tooLarge, `the body is longer than the ${maxBytes} bytes that are taken`);
}

function mismatch(): SealwayError {
  return new SealwayError("digest_mismatch", "the body is not the one that the signed head names");
}
