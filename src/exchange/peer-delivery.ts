import { Readable } from "node:stream";
import type { Clock } from "../core/clock.ts";
import { SealwayError } from "../core/errors.ts";
import type { CallAnswer } from "./outgoing-call.ts";
import type { PeerRequest } from "./peer-client.ts";
import type { PeerAddress } from "./peer-pool.ts";

/** What became of one attempt. */
export type Outcome =
  | { readonly kind: "answer"; readonly answer: CallAnswer }
  /** The peer has the message and works on it: 409 with Retry-After (milliseconds). */
  | { readonly kind: "in-progress"; readonly retryAfter: number }
  /** The peer has done nothing: 503 with Retry-After. */
  | { readonly kind: "unable"; readonly answer: CallAnswer }
  | { readonly kind: "not-sent" | "broken"; readonly error: SealwayError };

/** Reads status and Retry-After of what a peer (possibly hostile) answered. */
export function judgeAnswer(answer: CallAnswer): Outcome {
  const retryAfter = answer.status === 409 || answer.status === 503 ? retryAfterOf(answer) : undefined;
  if (retryAfter === undefined) return { kind: "answer", answer };
  if (answer.status === 503 && Buffer.isBuffer(answer.body)) return { kind: "unable", answer };
  if (answer.body instanceof Readable) answer.body.destroy();
  if (answer.status === 409) return { kind: "in-progress", retryAfter };
  return { kind: "unable", answer: { ...answer, body: Buffer.alloc(0) } };
}

function retryAfterOf({ rawHeaders }: CallAnswer): number | undefined {
  const at = rawHeaders.findIndex((name, i) => i % 2 === 0 && name.toLowerCase() === "retry-after");
  const seconds = at < 0 ? "" : (rawHeaders[at + 1] as string);
  return /^\d{1,6}$/.test(seconds) ? Number(seconds) * 1000 : undefined;
}

/** How long after its signature a message may be sent, and asked for once the peer has said that it has it. */
const sendableFor = 20_000;
const askableFor = 50_000;
/** How often the identical message is sent again after a connection broke. */
const mostResends = 3;
const firstPause = 50;
const longestPause = 10_000;

/**
 * The state of one message on its way: what was tried, whether the peer may have it, and whether to go on. While
 * nothing was sent each address is tried once; afterwards the same message goes out a few times more, to any address,
 * since all of them share one replay guard.
 */
export class PeerDelivery {
  readonly #request: PeerRequest;
  readonly #clock: Clock;
  readonly #tried = new Set<PeerAddress>();
  #mayBeThere = false;
  #isThere = false;
  #resends = 0;
  #unreachable: SealwayError | undefined;
  #broken: SealwayError | undefined;
  #unable: CallAnswer | undefined;

  constructor(request: PeerRequest, clock: Clock) {
    this.#request = request;
    this.#clock = clock;
  }

  /**
   * Milliseconds that the next attempt may last.
   * @throws SealwayError when there is no time for one: the last failure, `peer_timeout`, or `deadline_exceeded`
   *   when there was none
   */
  timeLeft(): number {
    const { deadline, sentAt } = this.#request;
    const now = this.#clock.now();
    if (now < deadline && now - sentAt < (this.#isThere ? askableFor : sendableFor)) return deadline - now;
    if (this.#mayBeThere || this.#unreachable !== undefined) throw this.#lastWord();
    throw new SealwayError("deadline_exceeded", "the message is too old to be sent");
  }

  /** The addresses that the next attempt may go to. */
  open(addresses: readonly PeerAddress[]): readonly PeerAddress[] {
    const untried = addresses.filter((address) => !this.#tried.has(address));
    if (untried.length > 0 || !this.#mayBeThere) return untried;
    this.#tried.clear();
    return addresses;
  }

  /**
   * Takes note of an attempt without an answer.
   * @param random 0 to 1, spreads resends of many messages
   * @returns milliseconds to wait before the next attempt
   * @throws SealwayError when there is to be none
   */
  pauseAfter(outcome: Exclude<Outcome, { kind: "answer" }>, address: PeerAddress, random: number): number {
    if (outcome.kind === "in-progress") {
      this.#mayBeThere = this.#isThere = true;
      return this.#atMostRest(Math.min(Math.max(outcome.retryAfter, firstPause), longestPause));
    }
    this.#tried.add(address);
    if (outcome.kind === "unable") this.#unable = outcome.answer;
    if (outcome.kind === "not-sent") this.#unreachable = outcome.error;
    if (outcome.kind === "broken") {
      this.#broken = outcome.error;
      this.#mayBeThere = true;
    }
    if (!this.#mayBeThere) return 0;
    this.#resends++;
    if (this.#resends > mostResends) throw this.#lastWord();
    return this.#atMostRest(firstPause * 2 ** (this.#resends - 1) * (1 + random));
  }

  /** What is told when no address is left: that the peer is unable, or why none could be reached. */
  giveUp(): CallAnswer {
    if (this.#unable !== undefined) return this.#unable;
    throw this.#lastWord();
  }

  /**
   * What is told when the server is not in the configuration any more. Where it may have the message, that is told and
   * nothing else: a call of which nothing was sent is made once more, of another server.
   */
  removed(): SealwayError {
    if (this.#mayBeThere) return this.#lastWord();
    return new SealwayError("peer_unknown", "the security server is not in the configuration any more");
  }

  #lastWord(): SealwayError {
    if (this.#mayBeThere) {
      return (
        this.#broken ?? new SealwayError("peer_timeout", "the provider's security server has not finished")
      );
    }
    return this.#unreachable ?? new SealwayError("peer_unreachable", "the security server has no address");
  }

  #atMostRest(milliseconds: number): number {
    return Math.min(milliseconds, Math.max(0, this.#request.deadline - this.#clock.now()));
  }
}
