import type { ServicePurpose } from "../catalogue/description-document.ts";
import type { ServiceDescription } from "../catalogue/service-description.ts";
import { sha256, toBase64Url } from "../core/bytes.ts";
import { canonicalJson, type Json } from "../core/canonical-json.ts";

/** A purpose of a description, as messages refer to it. */
export interface Purpose extends ServicePurpose {
  readonly revision: number;
  /** base64url SHA-256 of the purpose's canonical JSON (RFC 8785) as it stands in the description. */
  readonly sha256: string;
}

const known = new WeakMap<ServiceDescription, ReadonlyMap<string, Purpose>>();

/** A purpose by its id, or undefined when the description has none of this name. */
export function purposeOf(description: ServiceDescription, id: string): Purpose | undefined {
  let purposes = known.get(description);
  if (purposes === undefined) {
    const stated = description.document.purposes ?? [];
    purposes = new Map(stated.map((purpose) => [purpose.id, digested(purpose)]));
    known.set(description, purposes);
  }
  return purposes.get(id);
}

function digested(purpose: ServicePurpose): Purpose {
  const bytes = Buffer.from(canonicalJson(purpose as unknown as Json), "utf8");
  return { ...purpose, revision: purpose.revision ?? 1, sha256: toBase64Url(sha256(bytes)) };
}
