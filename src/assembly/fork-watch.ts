import type { Logger } from "pino";
import type { Clock } from "../core/clock.ts";
import type { ServerId } from "../core/ids.ts";
import type { ConfigurationClient } from "../trust/configuration-client.ts";

/** The version and digest of a configuration. */
interface Named {
  readonly version: number;
  readonly sha256: string;
}

/** One line for each peer in this time, milliseconds: what a peer names is its own invention. */
const lineEvery = 60_000;

/** Peers that are told apart; more are not registered anywhere. */
const mostPeers = 10_000;

/**
 * Compares what peers say they use with what this server uses: a newer version is fetched; another one of the same
 * version means that the authority, or somebody with its keys, signed two, and stands as an alarm until the peer agrees
 * again.
 */
export class ForkWatch {
  readonly #client: Pick<ConfigurationClient, "compare" | "pollSoon">;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #forks = new Set<ServerId>();
  readonly #lastLine = new Map<ServerId, number>();

  constructor(client: Pick<ConfigurationClient, "compare" | "pollSoon">, logger: Logger, clock: Clock) {
    this.#client = client;
    this.#logger = logger;
    this.#clock = clock;
  }

  /** @param peer whose message is authentic */
  note(peer: ServerId, { version, sha256 }: Named): void {
    const relation = this.#client.compare(version, sha256);
    if (relation === "newer") void this.#client.pollSoon();
    if (relation === "same") this.#forks.delete(peer);
    if (relation === "fork") this.#noteFork(peer, { version, sha256 });
  }

  /** Peers that use another configuration of the same version. */
  forks(): readonly ServerId[] {
    return [...this.#forks];
  }

  #noteFork(peer: ServerId, named: Named): void {
    if (this.#forks.size < mostPeers) this.#forks.add(peer);
    const now = this.#clock.now();
    if (Math.abs(now - (this.#lastLine.get(peer) ?? Number.NEGATIVE_INFINITY)) < lineEvery) return;
    if (this.#lastLine.size >= mostPeers) this.#lastLine.clear();
    this.#lastLine.set(peer, now);
    this.#logger.error({ peer, ...named }, "a peer uses another configuration of the same version");
  }
}
