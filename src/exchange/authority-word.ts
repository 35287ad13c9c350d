import { type ClientId, type MemberId, memberOf } from "../core/ids.ts";
import {
  type AgreementStops,
  type AuthorityWord,
  type CertifiedAttributes,
  stopKey,
} from "../policy/agreement.ts";
import type { AgreementStopEntry, GlobalConfiguration, Member } from "../trust/global-configuration.ts";

/** Where the configuration in force says what the authority certifies. */
export interface CertifiedMembers {
  member(id: MemberId): Pick<Member, "attributes"> | undefined;
}

/** Where the authority's word stands. */
export interface SaidByAuthority {
  readonly configuration: Pick<GlobalConfiguration, "agreementStops">;
  readonly directory: CertifiedMembers;
}

const certifiedOf = new WeakMap<NonNullable<Member["attributes"]>, CertifiedAttributes>();
const stopsOf = new WeakMap<readonly AgreementStopEntry[], AgreementStops>();

/** What the governing authority says of a client's member, and of agreements; read once from each version. */
export function authorityWord(
  { configuration: { agreementStops }, directory }: SaidByAuthority,
  client: ClientId,
): AuthorityWord {
  const attributes = directory.member(memberOf(client))?.attributes;
  return {
    ...(attributes && { certified: remembered(certifiedOf, attributes, readAttributes) }),
    ...(agreementStops && { stops: remembered(stopsOf, agreementStops, readStops) }),
  };
}

function readAttributes(attributes: NonNullable<Member["attributes"]>): CertifiedAttributes {
  return new Map(attributes.map(({ name, until }) => [name, Date.parse(until)]));
}

function readStops(stops: readonly AgreementStopEntry[]): AgreementStops {
  return new Map(
    stops.map(({ agreement: id, consumer, service, ...stop }) => [stopKey({ id, consumer, service }), stop]),
  );
}

function remembered<From extends object, To>(
  memory: WeakMap<From, To>,
  from: From,
  read: (from: From) => To,
): To {
  const before = memory.get(from) ?? read(from);
  memory.set(from, before);
  return before;
}
