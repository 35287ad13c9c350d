import type { Logger } from "pino";
import type { ServerId } from "../core/ids.ts";
import type { ConfigurationClient } from "../trust/configuration-client.ts";

/** The version and digest of a configuration. */
interface Named {
  readonly version: number;
  readonly sha256: string;
}

/**
 * Compares what peers say they use with what this server uses: a newer version is fetched; another one of the same
 * version means that the authority, or somebody with its keys, signed two, and stands as an alarm until the process ends.
 */
export class ForkWatch {
  readonly #client: ConfigurationClient;
  readonly #logger: Logger;
  readonly #forks = new Map<ServerId, Named>();

  constructor(client: ConfigurationClient, logger: Logger) {
    this.#client = client;
    this.#logger = logger;
  }

  note(peer: ServerId, { version, sha256 }: Named): void {
    const relation = this.#client.compare(version, sha256);
    if (relation === "newer") void this.#client.pollSoon();
    if (relation !== "fork" || this.#forks.get(peer)?.sha256 === sha256) return;
    this.#forks.set(peer, { version, sha256 });
    this.#logger.error({ peer, version, sha256 }, "a peer uses another configuration of the same version");
  }

  /** Peers that use another configuration of the same version. */
  forks(): readonly ServerId[] {
    return [...this.#forks.keys()];
  }
}
