import type { ServiceId } from "../core/ids.ts";
import { parseServiceDescription, type ServiceDescription } from "./service-description.ts";

/** A published document: its digest (base64url SHA-256) and bytes. */
export interface PublishedDescription {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: Buffer;
}

/** The services of an instance. A new configuration makes a new catalogue; unchanged descriptions are kept. */
export class Catalogue {
  readonly #byId: ReadonlyMap<ServiceId, ServiceDescription>;
  readonly #byDigest: ReadonlyMap<string, ServiceDescription>;

  /**
   * @throws SealwayError `bad_request` naming the document that cannot be read; two descriptions of one service
   */
  constructor(published: readonly PublishedDescription[], previous?: Catalogue) {
    const byDigest = new Map<string, ServiceDescription>();
    for (const { sha256, bytes } of published) {
      byDigest.set(sha256, previous?.byDigest(sha256) ?? parseServiceDescription(bytes, sha256));
    }
    this.#byDigest = byDigest;
    this.#byId = new Map([...byDigest.values()].map((description) => [description.id, description]));
  }

  service(id: ServiceId): ServiceDescription | undefined {
    return this.#byId.get(id);
  }

  byDigest(sha256: string): ServiceDescription | undefined {
    return this.#byDigest.get(sha256);
  }
}
