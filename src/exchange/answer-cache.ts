import type { Clock } from "../core/clock.ts";
import type { SealedMessage } from "../message/seal-message.ts";
import type { Body } from "./body.ts";

/** An answer that was recorded, kept for a resend of its request. */
export interface KeptAnswer {
  readonly message: SealedMessage;
  readonly body: Buffer | null;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

/** Bytes that are kept at most, in two halves: when the younger one is full, the older one is forgotten as a whole. */
const mostBytes = 32 * 1024 * 1024;

/**
 * Recent answers by exchange id, in memory: a consumer that lost the connection sends the same message again and gets
 * the same answer. What is not kept any more is refused as `answer_not_kept`; nothing is ever done twice.
 */
export class AnswerCache {
  readonly #clock: Clock;
  #older = new Map<string, KeptAnswer>();
  #younger = new Map<string, KeptAnswer>();
  #youngerBytes = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A body that went to the spool is not kept. @param until milliseconds since the epoch */
  keep(message: SealedMessage, body: Body | null, until: number): void {
    const bytes = body?.bytes ?? null;
    if (body !== null && bytes === null) return;
    const answer = { message, body: bytes, until };
    const size = sizeOf(answer);
    if (this.#youngerBytes + size > mostBytes / 2) {
      this.#older = this.#younger;
      this.#younger = new Map();
      this.#youngerBytes = 0;
    }
    this.#younger.set(message.document.id, answer);
    this.#youngerBytes += size;
  }

  get(exchangeId: string): KeptAnswer | undefined {
    const answer = this.#younger.get(exchangeId) ?? this.#older.get(exchangeId);
    return answer !== undefined && this.#clock.now() < answer.until ? answer : undefined;
  }
}

function sizeOf({ message, body }: KeptAnswer): number {
  return message.exchange.length + message.head.length + message.signature.length + (body?.length ?? 0);
}
