import type { ClientId, MemberId, ServerId } from "../../core/ids.ts";
import type { HistoryEntry, MaintenanceEntry, MembersPart } from "../../trust/configuration-parts.ts";

/* What is registered. Never changed in place: a change puts another object in its stead. Certificates are base64 DER. */

export interface RegisteredMember {
  readonly id: MemberId;
  readonly name: string;
  readonly subsystems: readonly { readonly id: ClientId; readonly name: string }[];
  /** What the authority certifies of it; `until` is ISO 8601. */
  readonly attributes?: readonly { readonly name: string; readonly until: string }[];
}

export interface RegisteredServer {
  readonly id: ServerId;
  readonly owner: MemberId;
  readonly addresses: readonly { readonly host: string; readonly port: number }[];
  readonly tlsCertificates: readonly string[];
  readonly clients: readonly ClientId[];
  readonly wireVersions: readonly number[];
  readonly logKeys?: readonly string[];
  readonly officers?: readonly string[];
  readonly contact: string;
  readonly maintenance?: readonly MaintenanceEntry[];
}

export interface RegisteredSeal {
  readonly member: MemberId;
  readonly certificate: string;
  readonly servers: readonly ServerId[];
  readonly history: readonly HistoryEntry[];
}

export interface RegisteredGroup {
  readonly code: string;
  readonly description: string;
  readonly members: readonly ClientId[];
}

/** An agreement that the authority stopped. */
export type RegisteredStop = NonNullable<MembersPart["agreementStops"]>[number];

/** Who decides on requests. */
export interface RegisteredOfficer {
  readonly certificate: string;
}

/** What a registry file says of members: the rest of it is not registered but set. */
export interface RegisteredContent {
  readonly members: readonly RegisteredMember[];
  readonly servers: readonly RegisteredServer[];
  readonly seals: readonly RegisteredSeal[];
  /** Missing in entries of releases that had them in the file alone. */
  readonly officers?: readonly RegisteredOfficer[];
}
