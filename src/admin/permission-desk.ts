import type { Json } from "../core/canonical-json.ts";

export interface NamedPerson {
  readonly scheme: string;
  readonly value: string;
}

/** Which permissions to the services of a subsystem; null for all. */
export interface PermissionsQuestion {
  readonly provider: string;
  readonly consumer: string | null;
  readonly state: string | null;
  readonly person: NamedPerson | null;
  /** Those behind this one. */
  readonly before: string | null;
}

/** A permission in one line. Times are RFC 3339 in UTC. */
export interface ListedPermission {
  readonly id: string;
  readonly revision: number;
  readonly state: string;
  readonly kind: string;
  readonly consumer: string;
  readonly service: string;
  readonly purpose: string;
  readonly from: string;
  readonly to: string;
}

/** What an officer says that a person permitted; see `sealway permissions declare`. */
export interface DeclaredPermission {
  /** Members, one of which must be the one that discloses, and signs. */
  readonly holders: readonly string[];
  readonly consumer: string;
  readonly service: string;
  readonly purpose: string;
  readonly person: NamedPerson;
  readonly days: number;
  /** JSON pointers; null for all that the purpose covers. */
  readonly fields: readonly string[] | null;
  readonly uses: number | null;
  readonly keepDays: number | null;
  readonly officer: string;
  /** SHA-256 of the paper, base64url; null without one. */
  readonly proof: string | null;
  readonly representation: {
    readonly kind: string;
    readonly proof: string;
    readonly value: string;
  } | null;
}

export interface ShownPermission {
  /** The member that keeps and signs it. */
  readonly holder: string;
  readonly told: Json;
}

/** Permissions to the data of members that are hosted here. What is told names no person. @throws SealwayError as the server says */
export interface PermissionDesk {
  list(question: PermissionsQuestion): Promise<{
    readonly permissions: readonly ListedPermission[];
    readonly more: boolean;
  }>;
  /** @returns undefined when there is none */
  show(id: string): Promise<ShownPermission | undefined>;
  /** As a consent record and as the newest revision was signed. */
  export(id: string): Promise<{ readonly record: Json; readonly statement: string }>;
  /** @returns its id */
  declare(permission: DeclaredPermission): Promise<string>;
  /** @param because why it has ended; null where the person withdrew it. @returns the new revision */
  end(id: string, officer: string, because: string | null): Promise<number>;
  /** Erases what names the person of one that is over. @returns the revision */
  erase(id: string, officer: string, why: string): Promise<number>;
}
