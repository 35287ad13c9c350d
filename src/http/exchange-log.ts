import type { Logger } from "pino";
import { type Clock, monotonic } from "../core/clock.ts";
import type { SealwayError } from "../core/errors.ts";
import type { Reply } from "../exchange/consume.ts";
import type { PeerReply } from "../exchange/provide.ts";

/** One security line for each source and code in this time, milliseconds: a stranger cannot fill the process log. */
const securityLineEvery = 60_000;
const mostSources = 10_000;

/**
 * What the process log says of exchanges: ids, codes and durations. No path, query, header or body, since any of them
 * can name a person.
 */
export class ExchangeLog {
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #lastLine = new Map<string, number>();

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger;
    this.#clock = clock;
  }

  /** A reading of the monotonic clock, for the duration. */
  begin(): number {
    return monotonic();
  }

  consumed(reply: Reply, began: number): void {
    const ms = Math.round(monotonic() - began);
    if (reply.kind === "answer") {
      this.#logger.debug({ exchange: reply.exchangeId, status: reply.status, ms }, "answered");
      return;
    }
    const { exchange, code, hop, rule } = reply.problem;
    this.#log(reply.error, { exchange, code, hop, rule, ms }, "not answered");
  }

  /** @param source TLS fingerprint of the peer */
  provided(reply: PeerReply, source: string | null, began: number): void {
    const ms = Math.round(monotonic() - began);
    if (reply.kind === "signed") {
      this.#logger.debug({ ms }, "provided");
      return;
    }
    const { exchange, code } = reply.problem;
    if (exchange === null && this.#isRecent(`${source} ${code}`)) return;
    this.#log(reply.error, { exchange, code, source, ms }, "not taken");
  }

  #log(error: SealwayError | null, fields: object, text: string): void {
    const level = error?.code === "internal_error" ? "error" : "info";
    this.#logger[level]({ ...fields, detail: error?.detail, err: error?.cause }, text);
  }

  #isRecent(key: string): boolean {
    const now = this.#clock.now();
    if (now - (this.#lastLine.get(key) ?? Number.NEGATIVE_INFINITY) < securityLineEvery) return true;
    if (this.#lastLine.size >= mostSources) this.#lastLine.clear();
    this.#lastLine.set(key, now);
    return false;
  }
}
