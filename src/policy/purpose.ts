import type { DecisionUse, LawfulBasis, ServicePurpose } from "../catalogue/description-document.ts";
import type { ServiceDescription } from "../catalogue/service-description.ts";
import { sha256, sha256Base64Url, toBase64Url } from "../core/bytes.ts";
import { canonicalJson, type Json } from "../core/canonical-json.ts";
import { encodePart } from "../core/ids.ts";

/** What a consumer says that an answer is for; null when it says nothing. */
export type StatedUse = DecisionUse | "none" | null;

/** A lawful basis as the signed record of a call has it: the provision in characters that need no escape. */
export interface RecordedBasis {
  readonly basis: LawfulBasis["basis"];
  readonly provision: string;
}

/** A purpose of a description, as messages refer to it. */
export interface Purpose extends ServicePurpose {
  readonly revision: number;
  /** base64url SHA-256 of the purpose's canonical JSON (RFC 8785) as it stands in the description. */
  readonly sha256: string;
  /** When it has ended, milliseconds since the epoch; infinite without an end. */
  readonly ends: number;
  /** That of the purpose, or the only one that the description has; null where neither says which it is. */
  readonly recordedBasis: RecordedBasis | null;
}

const known = new WeakMap<ServiceDescription, ReadonlyMap<string, Purpose>>();
const day = 86_400_000;

/** A purpose by its id, or undefined when the description has none of this name. */
export function purposeOf(description: ServiceDescription, id: string): Purpose | undefined {
  let purposes = known.get(description);
  if (purposes === undefined) {
    const { purposes: stated = [], lawfulBases = [] } = description.document;
    purposes = new Map(stated.map((purpose) => [purpose.id, readPurpose(purpose, lawfulBases)]));
    known.set(description, purposes);
  }
  return purposes.get(id);
}

/** The use that a call has: as stated, else the only one that its purpose allows; null where that is not so. */
export function decisionUseOf(purpose: Pick<Purpose, "decisionUses"> | null, stated: StatedUse): StatedUse {
  const [only = null, another] = purpose?.decisionUses ?? [];
  return stated ?? (another === undefined ? only : null);
}

function readPurpose(purpose: ServicePurpose, lawfulBases: readonly LawfulBasis[]): Purpose {
  const bytes = Buffer.from(canonicalJson(purpose as unknown as Json), "utf8");
  const { validUntil, lawfulBasis = lawfulBases.length === 1 ? lawfulBases[0] : undefined } = purpose;
  return {
    ...purpose,
    revision: purpose.revision ?? 1,
    sha256: toBase64Url(sha256(bytes)),
    // A day that there is not makes it NaN, before which no time is.
    ends: validUntil === undefined ? Number.POSITIVE_INFINITY : Date.parse(`${validUntil}T00:00:00Z`) + day,
    recordedBasis: lawfulBasis === undefined ? null : recorded(lawfulBasis),
  };
}

/** Longest provision that the signed document takes. */
const longestProvision = 200;

/** Percent-encoded as parts of identifiers are; what is too long then, by its digest. */
function recorded({ basis, provision }: Pick<LawfulBasis, "basis" | "provision">): RecordedBasis {
  const encoded = encodePart(provision);
  return {
    basis,
    provision: encoded.length <= longestProvision ? encoded : `sha-256:${sha256Base64Url(provision)}`,
  };
}
