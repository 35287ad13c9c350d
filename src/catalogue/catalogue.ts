import { SealwayError } from "../core/errors.ts";
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
    const byId = new Map<ServiceId, ServiceDescription>();
    for (const { path, sha256, bytes } of published) {
      const description = previous?.byDigest(sha256) ?? parseNamed(path, bytes, sha256);
      if (byId.has(description.id))
        throw new SealwayError("bad_request", `${path}: ${description.id} is described twice`);
      byDigest.set(sha256, description);
      byId.set(description.id, description);
    }
    this.#byDigest = byDigest;
    this.#byId = byId;
  }

  service(id: ServiceId): ServiceDescription | undefined {
    return this.#byId.get(id);
  }

  byDigest(sha256: string): ServiceDescription | undefined {
    return this.#byDigest.get(sha256);
  }
}

function parseNamed(path: string, bytes: Buffer, sha256: string): ServiceDescription {
  try {
    return parseServiceDescription(bytes, sha256);
  } catch (error) {
    throw error instanceof SealwayError ? new SealwayError(error.code, `${path}: ${error.detail}`) : error;
  }
}
