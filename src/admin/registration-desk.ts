import type { Json } from "../core/canonical-json.ts";

/** A request to the governing authority, and how it stands. */
export interface ToldRequest {
  readonly id: string;
  readonly instance: string;
  /** Members that the changes name, as far as they do. */
  readonly changes: readonly Json[];
  readonly note: string | null;
  /** SHA-256 (base64url) of what is shown: decisions name it. */
  readonly sha256: string;
  readonly state: string;
  /** ISO 8601. */
  readonly received: string;
  readonly expires: string | null;
  /** How many officers have approved it, of how many who must. */
  readonly approved: number;
  readonly persons: number;
  /** Members by whose seals it is signed: none when officers of the authority alone ask; null when it does not say. */
  readonly signed: readonly string[] | null;
  /** The rule by which it was approved without officers. */
  readonly automatic: string | null;
  /** Why it was declined. */
  readonly reason: string | null;
}

/** What the authority said. */
export type RegistrationSaid<Taken> =
  | { readonly kind: "taken"; readonly taken: Taken }
  | { readonly kind: "refused"; readonly code: string; readonly detail: string; readonly remedy: string };

export type RegistrationDecided =
  | { readonly decision: "approve" }
  | { readonly decision: "decline"; readonly reason: string };

/** How an officer of the governing authority opens their key: it lies here encrypted, and the passphrase is theirs. */
export interface OfficerKey {
  readonly user: string;
  readonly passphrase: string;
}

/**
 * What members ask the governing authority to register, signed by the running server with their seals; and what the
 * authority's own officers decide, signed with theirs.
 * @throws SealwayError `authority_unreachable`, `server_not_running`, `signer_unavailable`; WrongPassphrase of an
 * officer's key
 */
export interface RegistrationDesk {
  /** Those that concern a member. */
  list(member: string, show: "open" | "all"): Promise<RegistrationSaid<readonly ToldRequest[]>>;
  show(id: string): Promise<RegistrationSaid<ToldRequest>>;
  request(
    member: string,
    changes: readonly Json[],
    note: string | undefined,
  ): Promise<RegistrationSaid<ToldRequest>>;
  /** Signs, for a member, what another one asked. */
  sign(member: string, id: string): Promise<RegistrationSaid<ToldRequest>>;
  withdraw(member: string, id: string): Promise<RegistrationSaid<ToldRequest>>;
  /** Whether a user has an officer's key here. */
  isOfficer(user: string): boolean;
  /** All requests, as an officer sees them. */
  queue(officer: OfficerKey, show: "open" | "all"): Promise<RegistrationSaid<readonly ToldRequest[]>>;
  /** @param sha256 of the request that the officer was shown */
  decide(
    officer: OfficerKey,
    id: string,
    sha256: string,
    said: RegistrationDecided,
  ): Promise<RegistrationSaid<ToldRequest>>;
}
