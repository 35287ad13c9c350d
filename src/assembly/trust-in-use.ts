import type { Logger } from "pino";
import type { Catalogue } from "../catalogue/catalogue.ts";
import type { TrustSnapshot } from "../exchange/gateway-services.ts";
import type { ConfigurationClient } from "../trust/configuration-client.ts";
import type { ConfigurationIndex } from "../trust/configuration-index.ts";
import { CatalogueHeads } from "./catalogue-heads.ts";
import { PublishedCatalogue } from "./published-catalogue.ts";

/** Joins both wings for the exchange: the configuration in use and the catalogue that is published with it. */
export class TrustInUse {
  /** What came of the acts in the configuration in use. */
  readonly published: PublishedCatalogue;
  readonly #client: ConfigurationClient;
  readonly #logger: Logger;
  #snapshot: TrustSnapshot | undefined;

  private constructor(client: ConfigurationClient, logger: Logger, heads: CatalogueHeads) {
    this.#client = client;
    this.#logger = logger;
    this.published = new PublishedCatalogue(heads);
  }

  /** Takes each new version into use when it comes, not when the first call asks for it. */
  static async open(
    client: ConfigurationClient,
    stateDirectory: string,
    logger: Logger,
  ): Promise<TrustInUse> {
    const trust = new TrustInUse(client, logger, await CatalogueHeads.open(stateDirectory));
    client.subscribe(({ kind }) => {
      if (kind === "version") trust.snapshot();
    });
    return trust;
  }

  /** @throws SealwayError `configuration_expired` */
  snapshot(): TrustSnapshot {
    const directory = this.#client.current();
    if (this.#snapshot?.directory === directory) return this.#snapshot;
    const configuration = this.#client.configuration();
    const catalogue = this.#renew(directory);
    this.#snapshot = { configuration, directory, catalogue, vocabulary: this.published.vocabulary };
    return this.#snapshot;
  }

  /** The look-ups of the version in use. @throws SealwayError `configuration_expired` */
  index(): ConfigurationIndex {
    return this.#client.current();
  }

  #renew(index: ConfigurationIndex): Catalogue {
    const before = this.#snapshot?.catalogue;
    const catalogue = this.published.renew(index);
    for (const { about, detail } of this.published.faults)
      this.#logger.error({ about, detail }, "what is published of a service is not right and not taken");
    this.published.keepHeads().catch((err) => {
      this.#logger.error(
        { err },
        "the newest acts cannot be noted: a catalogue that goes back may go unnoticed",
      );
    });
    if (before !== undefined) this.#tellNarrowing(before, catalogue);
    return catalogue;
  }

  #tellNarrowing(before: Catalogue, catalogue: Catalogue): void {
    for (const { id, version, sha256 } of catalogue.services()) {
      const known = new Set(before.standingOf({ sha256 }).withdrawnFields);
      const fields = catalogue.standingOf({ sha256 }).withdrawnFields.filter((field) => !known.has(field));
      if (fields.length > 0)
        this.#logger.warn(
          { service: id, version, fields },
          "the provider has withdrawn fields of its answers",
        );
    }
  }
}
