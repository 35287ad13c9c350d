import type { Logger } from "pino";
import { Catalogue } from "../catalogue/catalogue.ts";
import type { TrustSnapshot } from "../exchange/gateway-services.ts";
import type { ConfigurationClient } from "../trust/configuration-client.ts";
import type { ConfigurationIndex } from "../trust/configuration-index.ts";

/** Joins both wings for the exchange: the configuration in use and the catalogue that is published with it. */
export class TrustInUse {
  readonly #client: ConfigurationClient;
  readonly #logger: Logger;
  #snapshot: TrustSnapshot | undefined;

  constructor(client: ConfigurationClient, logger: Logger) {
    this.#client = client;
    this.#logger = logger;
  }

  /** @throws SealwayError `configuration_expired` */
  snapshot(): TrustSnapshot {
    const directory = this.#client.current();
    if (this.#snapshot?.directory === directory) return this.#snapshot;
    const configuration = this.#client.configuration();
    this.#snapshot = { configuration, directory, catalogue: this.#catalogueOf(configuration.services) };
    return this.#snapshot;
  }

  /** The look-ups of the version in use. @throws SealwayError `configuration_expired` */
  index(): ConfigurationIndex {
    return this.#client.current();
  }

  /** A catalogue that cannot be read changes nothing: certificates and members of the new version count all the same. */
  #catalogueOf(published: ConstructorParameters<typeof Catalogue>[0]): Catalogue {
    const previous = this.#snapshot?.catalogue;
    try {
      return new Catalogue(published, previous);
    } catch (err) {
      this.#logger.error({ err }, "the published catalogue cannot be read; the last good one stays in use");
      return previous ?? new Catalogue([]);
    }
  }
}
