import type { MemberId } from "../../core/ids.ts";
import type { RegistrationRequest } from "../../message/registration/registration-request.ts";

/**
 * Where a request stands. `saved`: not all have signed who must; `requested`: it waits for the officers; the others are
 * final.
 */
export type RequestState = "saved" | "requested" | "approved" | "declined" | "expired";

/** A person's word on a request: who it is, is told by the certificate. */
export interface Approval {
  /** SHA-256 (base64url) of the officer's certificate, its key and its subject: one person does not count twice. */
  readonly fingerprint: string;
  readonly spki: string;
  readonly subject: string;
}

/** A request as the registry keeps it. */
export interface KeptRequest {
  readonly request: RegistrationRequest;
  /** SHA-256 (base64url) of its canonical form, which decisions name. */
  readonly sha256: string;
  readonly state: RequestState;
  /** Milliseconds. */
  readonly received: number;
  readonly since: number;
  /** Compact JWS, each of another key. */
  readonly signatures: readonly string[];
  /** The officers who have asked for or approved it. */
  readonly approvals: readonly Approval[];
  /** How many must. */
  readonly persons: 1 | 2;
  /** Who has signed it; none when officers of the authority alone ask for it. */
  readonly members: readonly MemberId[];
  /** By which rule it was approved without an officer. */
  readonly automatic?: string;
  /** Why it was declined. */
  readonly reason?: string;
}
