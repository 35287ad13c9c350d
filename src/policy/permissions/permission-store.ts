/*
 * What a store of permissions must do; the drivers in src/store implement it. A store knows no person: it has a keyed
 * tag, a document that names nobody, and a part that it cannot read.
 */

/** What of a revision is looked up for a call. */
export interface StoredPermission {
  /** UUIDv7. */
  readonly id: string;
  readonly revision: number;
  /** The subsystem that provides the service. */
  readonly provider: string;
  readonly consumer: string;
  readonly service: string;
  readonly purpose: string;
  readonly state: string;
  /** Keyed digest of the person, 32 bytes; the same in all revisions. */
  readonly person: Buffer;
  /** Canonical JSON of the permission, which names no person. */
  readonly document: Buffer;
  /** Digest (base64url) of the signed statement in the message log. */
  readonly statement: string;
}

/** What a call is judged by: of the newest revision; `document`, which tells the id as well, as a text. */
export type FoundPermission = Pick<StoredPermission, "person" | "statement"> & {
  readonly document: string;
};

/** One revision as it is kept. */
export interface StoredRevision extends StoredPermission {
  /** The signed statement itself, as the log has it. */
  readonly signed: Buffer;
  /** Names the key in the vault, 16 bytes. */
  readonly keyId: Buffer;
  /** What names the person, encrypted. */
  readonly secret: Buffer;
}

/** Whom a call is about, and what for. */
export interface PermissionQuestion {
  readonly person: Buffer;
  readonly consumer: string;
  readonly service: string;
  readonly purpose: string;
}

/** Which permissions of a subsystem's services are listed; newest first. */
export interface PermissionListing {
  readonly provider: string;
  /** Of everybody unless told. */
  readonly person?: Buffer;
  readonly consumer?: string;
  readonly state?: string;
  /** Behind this id, which the page before ended with. */
  readonly before?: string;
  readonly limit: number;
}

export interface PermissionStore {
  /** The newest revision. */
  byId(id: string): Promise<FoundPermission | undefined>;
  /** The active ones that fit, newest first; some at most. */
  activeFor(question: PermissionQuestion): Promise<readonly FoundPermission[]>;
  /** How often each counter has counted in the message log's own table, at a time (milliseconds); in their order. */
  used(counters: readonly string[], now: number): Promise<readonly number[]>;
  list(listing: PermissionListing): Promise<readonly StoredPermission[]>;
  /** All revisions, oldest first. */
  revisions(id: string): Promise<readonly StoredRevision[]>;
  /**
   * Adds a revision, durably, when it follows the newest one: number 1 when there is none. From then on every look-up,
   * on every node, finds it.
   * @returns whether it did follow
   * @throws SealwayError `log_unavailable`
   */
  add(revision: StoredRevision): Promise<boolean>;
  /** Requests that wait, those of smaller ids first. @param after an id; null for the first ones */
  waiting(after: string | null, limit: number): Promise<readonly StoredPermission[]>;
  /**
   * Erases what names the person in all revisions, and by whom the permission is found.
   * @param nobody takes the place of the person's tag
   */
  erase(id: string, nobody: Buffer): Promise<void>;
  close(): Promise<void>;
}

/** Active permissions of one person, pair and purpose that are looked at: one is usual. */
export const mostActive = 8;
