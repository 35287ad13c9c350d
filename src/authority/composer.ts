import type { ComposedParts } from "./compose-parts.ts";
import { composeParts } from "./compose-parts.ts";
import type { Registry } from "./registry.ts";
import type { Repository } from "./repository.ts";
import type { CatalogueOffice } from "./services/catalogue-office.ts";
import type { WitnessedLogs } from "./witness-of-logs.ts";

interface Sources {
  readonly repository: Pick<Repository, "identifiers">;
  readonly logs: Pick<WitnessedLogs, "publicKey">;
  readonly office: Pick<CatalogueOffice, "publicKeys" | "documents">;
}

/**
 * Puts together what is published. It costs most of a publication: what was tried out before it was taken is not put
 * together again to be published, as long as nothing else has changed since.
 */
export class Composer {
  readonly #sources: Sources;
  #tried: { readonly registry: Registry; readonly parts: ComposedParts } | undefined;

  constructor(sources: Sources) {
    this.#sources = sources;
  }

  /** @throws DocumentError for a registry that cannot be published */
  tryOut(registry: Registry): void {
    this.#tried = { registry, parts: this.#compose(registry) };
  }

  /** Something else may have changed. */
  forget(): void {
    this.#tried = undefined;
  }

  /** To be published now. @throws DocumentError */
  compose(registry: Registry): ComposedParts {
    const tried = this.#tried;
    this.forget();
    return tried?.registry === registry ? tried.parts : this.#compose(registry);
  }

  #compose(registry: Registry): ComposedParts {
    const { repository, logs, office } = this.#sources;
    const parts = composeParts(registry, {
      witnessKeys: [logs.publicKey],
      catalogueKeys: office.publicKeys,
      catalogue: office.documents(),
    });
    repository.identifiers.check(parts.index.content);
    return parts;
  }
}
