import { compareVersions } from "../core/compare-versions.ts";
import { asSealwayError, SealwayError } from "../core/errors.ts";
import type { ServiceId } from "../core/ids.ts";
import { parseServiceDescription, type ServiceDescription } from "./service-description.ts";
import { type LifeState, ordinaryStanding, type ServiceStanding } from "./service-standing.ts";

/** A published document: its digest (base64url SHA-256) and bytes. */
export interface PublishedDescription {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: Buffer;
}

/** What was declared of published versions, by the digest of the description. */
export type Standings = ReadonlyMap<string, ServiceStanding>;

/** Which version of a service answers who names none: the first that there is, newest first within a state. */
const preference: readonly LifeState[] = ["published", "deprecated", "suspended"];

/**
 * The services of an instance, each in one or more versions. A new configuration makes a new catalogue; unchanged
 * descriptions are kept.
 */
export class Catalogue {
  /** Versions that are not archived, in the order of preference. */
  readonly #byId: ReadonlyMap<ServiceId, readonly ServiceDescription[]>;
  readonly #byDigest: ReadonlyMap<string, ServiceDescription>;
  readonly #standings: Standings;

  /**
   * @param leaveOut told of a document that cannot be read, or describes a version that another does; it is left out
   * @throws SealwayError `bad_request` naming such a document, unless told what to do with it
   */
  constructor(
    published: readonly PublishedDescription[],
    previous?: Catalogue,
    standings: Standings = new Map(),
    leaveOut: (path: string, error: SealwayError) => void = refuse,
  ) {
    this.#standings = standings;
    const byDigest = new Map<string, ServiceDescription>();
    const byId = new Map<ServiceId, ServiceDescription[]>();
    for (const { path, sha256, bytes } of published) {
      try {
        const description = previous?.byDigest(sha256) ?? parseNamed(path, bytes, sha256);
        const versions = byId.get(description.id) ?? [];
        checkOnce(path, description, versions);
        byDigest.set(sha256, description);
        byId.set(description.id, [...versions, description]);
      } catch (error) {
        leaveOut(path, asSealwayError(error));
      }
    }
    this.#byDigest = byDigest;
    this.#byId = new Map([...byId].map(([id, versions]) => [id, this.#inForce(versions)]));
  }

  /** The version that answers who names none. */
  service(id: ServiceId): ServiceDescription | undefined {
    return this.#byId.get(id)?.[0];
  }

  /** All versions that are not archived, the preferred one first. */
  versions(id: ServiceId): readonly ServiceDescription[] {
    return this.#byId.get(id) ?? [];
  }

  /** The preferred version of every service. */
  *services(): Generator<ServiceDescription> {
    for (const [first] of this.#byId.values()) if (first !== undefined) yield first;
  }

  /** Any published version, archived ones too. */
  byDigest(sha256: string): ServiceDescription | undefined {
    return this.#byDigest.get(sha256);
  }

  standingOf({ sha256 }: Pick<ServiceDescription, "sha256">): ServiceStanding {
    return this.#standings.get(sha256) ?? ordinaryStanding;
  }

  #inForce(versions: readonly ServiceDescription[]): readonly ServiceDescription[] {
    const rank = (description: ServiceDescription) => preference.indexOf(this.standingOf(description).state);
    return versions
      .filter((description) => rank(description) >= 0)
      .sort((a, b) => rank(a) - rank(b) || compareVersions(b.version, a.version));
  }
}

function refuse(_path: string, error: SealwayError): never {
  throw error;
}

function checkOnce(
  path: string,
  { id, version }: ServiceDescription,
  versions: readonly ServiceDescription[],
): void {
  if (versions.some((one) => one.version === version))
    throw new SealwayError("bad_request", `${path}: ${id} ${version} is described twice`);
}

function parseNamed(path: string, bytes: Buffer, sha256: string): ServiceDescription {
  try {
    return parseServiceDescription(bytes, sha256);
  } catch (error) {
    throw error instanceof SealwayError ? new SealwayError(error.code, `${path}: ${error.detail}`) : error;
  }
}
