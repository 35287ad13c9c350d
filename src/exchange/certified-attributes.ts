import { type ClientId, type MemberId, memberOf } from "../core/ids.ts";
import type { CertifiedAttributes } from "../policy/agreement.ts";
import type { Member } from "../trust/global-configuration.ts";

/** Where the configuration in force says what the authority certifies. */
export interface CertifiedMembers {
  member(id: MemberId): Pick<Member, "attributes"> | undefined;
}

const known = new WeakMap<NonNullable<Member["attributes"]>, CertifiedAttributes>();

/** What the governing authority certifies of a client's member; undefined where that is nothing. */
export function certifiedAttributes(
  directory: CertifiedMembers,
  client: ClientId,
): CertifiedAttributes | undefined {
  const attributes = directory.member(memberOf(client))?.attributes;
  if (attributes === undefined) return undefined;
  const read =
    known.get(attributes) ?? new Map(attributes.map(({ name, until }) => [name, Date.parse(until)]));
  known.set(attributes, read);
  return read;
}
