/*
 * What `sealway log check` can find. Each kind has a consequence in words; a finding names writer, number and batch as
 * far as they are known.
 */

// biome-ignore format: a table is read by its columns
export const damageKinds = {
  changed:                "a record is not the one that was recorded",
  missing:                "records are gone from the middle of a chain",
  reordered:              "a record stands in the place of another",
  "cut-off":              "the newest records of a writer are gone",
  "chain-end":            "a successor closed the chain at another record",
  "batch-missing":        "a batch is gone, and later ones are there",
  "batch-changed":        "a batch is not the one that was time-stamped",
  "index-changed":        "the index of persons is not the one that was time-stamped: entries may be left out of searches",
  "link-changed":         "a batch does not follow the one before it",
  "document-changed":     "a document is not the one that its digest names",
  "covered-missing":      "a document or the end of a chain that a batch covers is gone or was changed",
  "signature-wrong":      "a record's signature does not fit what it signs",
  "certificate-changed":  "a certificate or OCSP response is not the one that its digest names",
  "content-changed":      "the encrypted content of a record was changed",
  "content-missing":      "the content of a record is gone, and no erasure says why",
  "body-changed":         "a kept body is not the one that the signed head binds",
  "body-missing":         "a kept body is gone, and no erasure says why",
  "segment-damaged":      "a part of the search index is not what was written: `sealway log reindex` makes it anew",
  "token-malformed":      "a time-stamp cannot be used",
  "token-foreign":        "a time-stamp is not of an authority that the configuration lists",
  "token-other-root":     "a time-stamp is over another root",
  "token-expired":        "the certificates of a time-stamp had expired when it was given, or have since, and it was not renewed",
  "token-revoked":        "the authority's certificate was revoked when the time-stamp was given",
  "rolled-back":          "a witness has seen more of the log than there is",
  "split-view":           "a witness has seen another log",
  "cosignature-wrong":    "a cosignature does not fit its checkpoint",
  "checkpoint-seal-wrong": "what is kept as a member's seal of a checkpoint is none",
} as const;

export type DamageKind = keyof typeof damageKinds;

/** One damage. */
export interface Damage {
  readonly kind: DamageKind;
  readonly writer?: string;
  /** The record, or the first of several. */
  readonly number?: number;
  /** The last of several. */
  readonly last?: number;
  readonly batch?: number;
  /** No personal data. */
  readonly detail?: string;
}

/** Takes what is found; of a log that is damaged everywhere only so much is kept, and the rest counted. */
export class DamageList {
  readonly found: Damage[] = [];
  #more = 0;

  add(damage: Damage): void {
    if (this.found.length < mostDamages) this.found.push(damage);
    else this.#more++;
  }

  /** Those that are not kept. */
  get more(): number {
    return this.#more;
  }
}

const mostDamages = 10_000;
