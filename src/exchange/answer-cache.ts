import { sha256Base64Url } from "../core/bytes.ts";
import type { Clock } from "../core/clock.ts";
import type { SealedMessage } from "../message/seal-message.ts";
import type { VerifiedMessage } from "../message/verify-message.ts";

/** An answer that was recorded, kept for a resend of its request. */
export interface KeptAnswer {
  readonly message: SealedMessage;
  readonly body: Buffer | null;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

/** Bytes that are kept at most, in two halves: when the younger one is full, the older one is forgotten as a whole. */
const mostBytes = 32 * 1024 * 1024;

/** How long after its deadline an answer is kept for a resend, milliseconds. */
const keptAfterDeadline = 60_000;

/**
 * Recent answers, in memory: a consumer that lost the connection sends the same message again and gets the same answer.
 * What is not kept any more is refused as `answer_not_kept`; nothing is ever done twice. An answer goes to nobody but
 * the sender of the very message that it is bound to: exchange ids are no secret.
 */
export class AnswerCache {
  readonly #clock: Clock;
  #older = new Map<string, KeptAnswer>();
  #younger = new Map<string, KeptAnswer>();
  #youngerBytes = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  keep(message: SealedMessage, body: Buffer | null): void {
    const answer = { message, body, until: message.document.deadline + keptAfterDeadline };
    const size = sizeOf(answer);
    if (this.#youngerBytes + size > mostBytes / 2) {
      this.#older = this.#younger;
      this.#younger = new Map();
      this.#youngerBytes = 0;
    }
    this.#younger.set(keyOf(message.document.to, message.document.id), answer);
    this.#youngerBytes += size;
  }

  /** The answer to this request, by the signature that was received. */
  get({ document, signature }: VerifiedMessage): KeptAnswer | undefined {
    const key = keyOf(document.from, document.id);
    const answer = this.#younger.get(key) ?? this.#older.get(key);
    if (answer === undefined || this.#clock.now() >= answer.until) return undefined;
    return answer.message.document.request === sha256Base64Url(signature.compact) ? answer : undefined;
  }
}

function keyOf(consumerServer: string, exchangeId: string): string {
  return `${consumerServer} ${exchangeId}`;
}

function sizeOf({ message, body }: KeptAnswer): number {
  return message.exchange.length + message.head.length + message.signature.length + (body?.length ?? 0);
}
