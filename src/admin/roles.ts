import type { MemberId } from "../core/ids.ts";

/** What somebody may be at a security server. */
export const roles = [
  "administrator",
  "security-officer",
  "registration-officer",
  "service-developer",
  "approver",
  "auditor",
  "data-protection-officer",
  "observer",
] as const;
export type Role = (typeof roles)[number];

/** A member that is hosted here, or the server itself. */
export type Place = MemberId | "*";

/** A role, for one place. */
export interface Assignment {
  /** UUIDv7. */
  readonly id: string;
  readonly role: Role;
  readonly place: Place;
}

export function isRole(value: unknown): value is Role {
  return roles.includes(value as Role);
}

/**
 * Where somebody may do a thing: what the assignments of its roles cover.
 * `server`: the server itself, and whatever of all its members is not a record of their exchanges.
 */
export interface Reach {
  readonly server: boolean;
  readonly members: ReadonlySet<string>;
}

export function reachOf(assignments: readonly Assignment[], allowed: readonly Role[]): Reach {
  const places = assignments.filter(({ role }) => allowed.includes(role)).map(({ place }) => place);
  return { server: places.includes("*"), members: new Set(places.filter((place) => place !== "*")) };
}

export function reaches({ server, members }: Reach, member: string): boolean {
  return server || members.has(member);
}

/**
 * The members whose records somebody may read. A host operates the server of others and reads no record of theirs: a
 * role for the server reaches the owner's.
 */
export function recordsReached({ server, members }: Reach, owner: MemberId): ReadonlySet<string> {
  return server ? new Set([...members, owner]) : members;
}
