import type { DigestName } from "../../pki/algorithms.ts";
import type { ContextDocument } from "../message-record.ts";
import type { Renewal } from "./renewal-document.ts";
import type { RenewalRules } from "./token-ages.ts";

/** What shall be renewed. */
export type RenewalOrder =
  /** Every token whose certificates are about to expire. */
  | { readonly method: "time-stamp"; readonly rules: RenewalRules }
  /** Every record that is sealed and not yet under a tree of this digest. */
  | { readonly method: "hash-tree"; readonly digest: DigestName };

/** What is known where the renewal is built: a thread of its own, or the command. */
export interface RenewalTask {
  readonly order: RenewalOrder;
  /** Certificates in DER that are trusted for time-stamping. */
  readonly anchors: readonly Uint8Array[];
  /** Milliseconds: now. */
  readonly at: number;
}

/** One step of a renewal; nothing is written where it is built. */
export type RenewalStep =
  /** So many leaves of so many are done. */
  | { readonly step: "progress"; readonly done: number; readonly of: number }
  /** A document that must be kept before the renewal is. */
  | { readonly step: "leaves"; readonly document: ContextDocument }
  /** A tree is complete and wants its token. */
  | { readonly step: "tree"; readonly tree: BuiltTree };

export interface BuiltTree extends Pick<Renewal, "method" | "digest" | "after" | "chunks" | "lastBatch"> {
  readonly root: Buffer;
  /** Leaves: tokens or records. */
  readonly count: number;
  /** When the first certificate of the old tokens expires, milliseconds; undefined for a hash-tree renewal. */
  readonly expires: number | undefined;
  /** Signers of the old tokens with their issuers, in DER: their state now is kept beside the new token. */
  readonly signers: readonly { readonly certificate: Buffer; readonly issuer: Buffer }[];
}
