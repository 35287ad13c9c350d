import type { Logger } from "pino";
import { type Clock, monotonic } from "../core/clock.ts";
import type { ErrorCode } from "../core/error-codes.ts";
import type { SealwayError } from "../core/errors.ts";
import type { TraceContext } from "../core/trace-context.ts";
import type { Reply } from "../exchange/consume.ts";
import type { ProvidedReply } from "../exchange/provide.ts";
import { LineBudget } from "./line-budget.ts";

/** Their detail repeats what a caller wrote where a name belongs, and that may be a person's. */
const detailNamesAnything: ReadonlySet<ErrorCode> = new Set([
  ...(["client_not_served", "unknown_member", "unknown_service", "wrong_recipient", "peer_unknown"] as const),
  "certificate_wrong_member",
]);

/** Where a call came from: what is known of a caller before it has proved who it is. */
export interface CallSource {
  readonly address: string;
  /** SHA-256 (base64url) of the TLS certificate of a peer. */
  readonly certificate?: string | null;
}

interface Told {
  readonly exchange?: string | null;
  readonly code: ErrorCode;
  readonly ms: number;
}

/**
 * What the process log says of exchanges: ids, codes and durations. No path, query, header or body, since any of them
 * can name a person; and of those who have not proved who they are, not more than a few lines.
 */
export class ExchangeLog {
  readonly #logger: Logger;
  readonly #strangers: LineBudget;

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger;
    this.#strangers = new LineBudget(clock);
  }

  /** A reading of the monotonic clock, for the duration. */
  begin(): number {
    return monotonic();
  }

  consumed(reply: Reply, source: CallSource, began: number): void {
    if (reply.sight === "restricted") return;
    const ms = msSince(began);
    if (reply.kind === "answer") {
      const { exchangeId, status, trace } = reply;
      this.#logger.debug({ exchange: exchangeId, ...traceFields(trace), status, ms }, "answered");
      return;
    }
    const { client, error, problem } = reply;
    const { exchange, code, hop } = problem;
    if (client === null) {
      this.#logStranger({ exchange, code, ms }, source, error);
      return;
    }
    // What the peer says beside its code is in its message.
    const rule = error === null ? undefined : problem.rule;
    this.#log({ exchange, ...traceFields(reply.trace), code, hop, rule, ms }, error, "not answered");
  }

  provided(reply: ProvidedReply, source: CallSource, began: number): void {
    if (reply.sight === "restricted") return;
    const ms = msSince(began);
    const { error } = reply;
    const trace = traceFields(reply.trace);
    const exchange = reply.kind === "signed" ? reply.exchange : reply.problem.exchange;
    if (error === null) this.#logger.debug({ exchange, ...trace, ms }, "provided");
    else if (exchange === null) this.#logStranger({ code: error.code, ms }, source, error);
    else {
      const text = reply.kind === "signed" ? "not provided" : "not taken";
      this.#log({ exchange, ...trace, code: error.code, ms }, error, text);
    }
  }

  /** An interface cannot take a connection, for lack of descriptors say. */
  failed(error: Error): void {
    this.#logger.error({ cause: causeOf(error) }, "an interface failed");
  }

  #logStranger(fields: Told, source: CallSource, error: SealwayError | null): void {
    const leftOut = this.#strangers.take(`${source.address} ${fields.code}`);
    if (leftOut === undefined) return;
    const line = { ...fields, ...source, ...(leftOut > 0 && { leftOut }) };
    if (error?.code === "internal_error") this.#log(line, error, "not taken");
    else this.#logger.info(line, "not taken");
  }

  #log(fields: object, error: SealwayError | null, text: string): void {
    const detail = error === null || detailNamesAnything.has(error.code) ? undefined : error.detail;
    const line = { ...fields, detail, cause: causeOf(error?.cause) };
    if (error?.code === "internal_error")
      this.#logger.error({ ...line, at: placeOf(error.cause ?? error) }, text);
    else this.#logger.info(line, text);
  }
}

/** Under the names that tools for W3C traces look for. */
function traceFields(trace: TraceContext | null | undefined): object {
  return trace === null || trace === undefined ? {} : { trace_id: trace.traceId, span_id: trace.spanId };
}

function msSince(began: number): number {
  return Math.round(monotonic() - began);
}

const longestMessage = 300;

/**
 * What may be told of a cause. Its further properties may not: undici keeps bytes of an answer in one; nor the message
 * of a SyntaxError, which quotes what could not be read.
 */
function causeOf(cause: unknown): object | undefined {
  if (!(cause instanceof Error)) return undefined;
  const { name: type, code } = cause as NodeJS.ErrnoException;
  const message = cause instanceof SyntaxError ? undefined : cause.message.slice(0, longestMessage);
  return { type, code, message, cause: causeOf(cause.cause) };
}

/** Where in our code it happened, without the message that a stack begins with. */
function placeOf(cause: unknown): readonly string[] | undefined {
  return cause instanceof Error ? cause.stack?.match(/(?<=^ +at ).*$/gm)?.slice(0, 10) : undefined;
}
