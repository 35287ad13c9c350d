import { asSealwayError, type SealwayError } from "../../core/errors.ts";
import type { ClientId, ServerId } from "../../core/ids.ts";
import { callPeer, type PeerQuestion, PeerSaysNo } from "../builtin/call-peer.ts";
import type { GatewayServices } from "../gateway-services.ts";

/** Something that a peer must be told. */
export interface Parcel extends Omit<PeerQuestion, "body"> {
  /** One name is one parcel. */
  readonly name: string;
  /** What is told, put together when it is sent. */
  body(): Promise<object>;
  /** The peer has it: durable when this resolves. */
  delivered(answer: Buffer): Promise<unknown>;
}

export interface OutboxParts {
  services(): GatewayServices;
  /** What is to be delivered now. */
  parcels(): readonly Parcel[];
  /** Told of each failure. */
  failed(parcel: Parcel, error: SealwayError): void;
}

interface Pause {
  readonly until: number;
  readonly length: number;
}

/** How long a peer, or a parcel that it does not take, is left alone: twice as long each time, milliseconds. */
const firstPause = 15_000;
const longestPause = 3_600_000;
/** Servers at a time. */
const atOnce = 4;

/** Tells peers what they must be told, round by round, until each has taken it. */
export class Outbox {
  readonly #parts: OutboxParts;
  readonly #pauses = new Map<string, Pause>();
  readonly #failures = new Map<string, string>();

  constructor(parts: OutboxParts) {
    this.#parts = parts;
  }

  /** Why the last attempt at a parcel failed. */
  failureOf(name: string): string | null {
    return this.#failures.get(name) ?? null;
  }

  /** One round over all peers; it rejects never. @param end takes effect between two parcels */
  async round(end: AbortSignal): Promise<void> {
    const waiting = this.#parts.parcels().filter(({ name }) => !this.#isPaused(name));
    const queue = [...Map.groupBy(waiting, ({ subsystem }) => this.#serverOf(subsystem))];
    const work = async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift())
        await this.#deliver(next[0], next[1], end);
    };
    await Promise.all(Array.from({ length: atOnce }, work));
  }

  /** Undefined for one that is not registered any more, or while nothing can be looked up. */
  #serverOf(subsystem: ClientId): ServerId | undefined {
    try {
      return this.#parts.services().trust().directory.serverOf(subsystem)?.id;
    } catch {
      return undefined;
    }
  }

  async #deliver(server: ServerId | undefined, parcels: readonly Parcel[], end: AbortSignal): Promise<void> {
    const place = `server ${server}`;
    for (const [i, parcel] of parcels.entries()) {
      if (end.aborted || this.#isPaused(place)) return;
      try {
        const { client, subsystem, code, path } = parcel;
        const question = { client, subsystem, code, path, body: await parcel.body() };
        const answer = await callPeer(this.#parts.services(), question);
        await parcel.delivered(answer);
        for (const name of [place, parcel.name]) this.#pauses.delete(name);
        this.#failures.delete(parcel.name);
      } catch (thrown) {
        const error = asSealwayError(thrown);
        const isRefusal = error instanceof PeerSaysNo;
        // What it says to one parcel says nothing of the next; when it says nothing, it will to none.
        this.#leaveAlone(isRefusal ? parcel.name : place);
        const concerned = isRefusal ? [parcel] : parcels.slice(i);
        for (const { name } of concerned) this.#failures.set(name, error.code);
        this.#parts.failed(parcel, error);
      }
    }
  }

  #isPaused(name: string): boolean {
    const pause = this.#pauses.get(name);
    return pause !== undefined && this.#parts.services().clock.now() < pause.until;
  }

  #leaveAlone(name: string): void {
    const before = this.#pauses.get(name)?.length;
    const length = before === undefined ? firstPause : Math.min(longestPause, 2 * before);
    this.#pauses.set(name, { until: this.#parts.services().clock.now() + length, length });
  }
}
