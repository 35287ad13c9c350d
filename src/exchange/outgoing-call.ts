import { Readable } from "node:stream";
import type { Dispatcher } from "undici";
import type { ErrorCode } from "../core/error-codes.ts";
import { SealwayError } from "../core/errors.ts";
import { maxInlineBody } from "./body.ts";
import { startDeadline } from "./deadline-timer.ts";

/** How a failed call is told, by who was called. */
export interface CallWords {
  /** "the service", "the security server". */
  readonly who: string;
  /** No connection, so nothing was sent. */
  readonly unreachable: ErrorCode;
  readonly late: ErrorCode;
  /** The connection broke after something was sent. */
  readonly cutOff: ErrorCode;
  /** The answer is no HTTP/1.1, or none that is taken here. */
  readonly invalid: ErrorCode;
}

export interface CallAnswer {
  readonly status: number;
  readonly reason: string;
  /** Names and values in turn, latin1 text of the raw bytes. */
  readonly rawHeaders: readonly string[];
  /** The whole body up to 64 KiB, else a stream of it that ends with a SealwayError when it does not end well. */
  readonly body: Buffer | Readable;
}

/** undici's errors for faults of the answer itself; every other failure after sending is a broken connection. */
const invalidAnswer = new Set(["HTTPParserError", "HeadersOverflowError"]);
const invalidAnswerText = new Set(["bad response", "bad upgrade"]);

/**
 * One request through an undici dispatcher, as its handler: no closure, no parsed header, and for answers up to
 * 64 KiB no stream. The dispatcher's own time-outs are off; the deadline given here covers the whole answer.
 */
export class OutgoingCall implements Dispatcher.DispatchHandler {
  /** Rejects with a SealwayError in the words given. */
  readonly answered: Promise<CallAnswer>;
  #sent = false;
  readonly #words: CallWords;
  readonly #timer: NodeJS.Timeout;
  #resolve!: (answer: CallAnswer) => void;
  #reject!: (error: SealwayError) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #failure: SealwayError | undefined;
  #status = 0;
  #reason = "";
  #rawHeaders: string[] = [];
  #chunks: Buffer[] = [];
  #length = 0;
  #stream: AnswerStream | undefined;

  /** @param milliseconds until the deadline */
  constructor(words: CallWords, milliseconds: number) {
    this.#words = words;
    this.answered = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#timer = startDeadline(onDeadline, milliseconds, this);
  }

  /** Gives up: the connection is closed, since an answer may still be on it. */
  abort(error: SealwayError): void {
    this.#failure ??= error;
    if (this.#controller === undefined) this.#fail(this.#failure);
    else this.#controller.abort(error);
  }

  expire(): void {
    this.abort(new SealwayError(this.#words.late, `${this.#words.who} did not answer in time`));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#failure !== undefined) controller.abort(this.#failure);
    else this.#sent = true;
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    _headers: unknown,
    reason?: string,
  ): void {
    if (status < 200) {
      const detail = `${this.#words.who} sent status ${status}, which is no answer`;
      this.abort(new SealwayError(this.#words.invalid, detail));
      return;
    }
    this.#status = status;
    this.#reason = reason ?? "";
    this.#rawHeaders = latin1(controller.rawHeaders as Buffer[]);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#stream !== undefined) {
      if (!this.#stream.push(chunk)) controller.pause();
      return;
    }
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    if (this.#length > maxInlineBody) this.#openStream(controller);
  }

  onResponseEnd(): void {
    clearTimeout(this.#timer);
    if (this.#stream !== undefined) {
      this.#stream.push(null);
      return;
    }
    const { length } = this.#chunks;
    this.#answer(length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks, this.#length));
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.#fail(this.#failure ?? this.#told(error));
  }

  #openStream(controller: Dispatcher.DispatchController): void {
    this.#stream = new AnswerStream(controller);
    for (const chunk of this.#chunks) this.#stream.push(chunk);
    this.#chunks = [];
    this.#answer(this.#stream);
  }

  #answer(body: Buffer | Readable): void {
    this.#resolve({ status: this.#status, reason: this.#reason, rawHeaders: this.#rawHeaders, body });
  }

  #fail(error: SealwayError): void {
    clearTimeout(this.#timer);
    if (this.#stream === undefined) this.#reject(error);
    else this.#stream.destroy(error);
  }

  #told(cause: Error): SealwayError {
    if (cause instanceof SealwayError) return cause;
    const { who, unreachable, cutOff, invalid } = this.#words;
    if (!this.#sent) return new SealwayError(unreachable, `no connection to ${who}`, { cause });
    if (isInvalidAnswer(cause))
      return new SealwayError(invalid, `${who} did not answer in HTTP/1.1`, { cause });
    return new SealwayError(cutOff, `the connection to ${who} broke`, { cause });
  }
}

/** An answer of more than 64 KiB; the connection is held back while nobody reads, and closed when nobody will. */
export class AnswerStream extends Readable {
  readonly #controller: Dispatcher.DispatchController;

  constructor(controller: Dispatcher.DispatchController) {
    super({ highWaterMark: 4 * maxInlineBody });
    this.#controller = controller;
    // Whoever reads later finds the failure in `errored`; until then it must not end the process.
    this.on("error", ignore);
  }

  override _read(): void {
    this.#controller.resume();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#controller.abort(error ?? new Error("nobody reads the answer"));
    done(error);
  }
}

function ignore(): void {}

function onDeadline(call: OutgoingCall): void {
  call.expire();
}

function isInvalidAnswer({ name, message }: Error): boolean {
  if (invalidAnswerText.has(message)) return true;
  // An end in the middle is a cut, though the parser calls it a fault of the grammar.
  return invalidAnswer.has(name) && !message.includes("Invalid EOF state");
}

function latin1(raw: readonly Buffer[]): string[] {
  return raw.map((part) => part.toString("latin1"));
}
