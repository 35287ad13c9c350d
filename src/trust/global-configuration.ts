import type { ClientId, MemberId, ServerId, ServiceId } from "../core/ids.ts";
import type { NameRules } from "../pki/certificate-names.ts";
import type { SealClass } from "../pki/seal-class.ts";
import type { Succession } from "./successors.ts";

/*
 * The global configuration as the governing authority publishes it: one TUF target a part. Times are ISO 8601
 * in the files and milliseconds here; certificates are base64 DER in the files.
 */

/** `demonstration` marks a country on loopback; a production server refuses its anchor. */
export type InstancePurpose = "production" | "demonstration";

/** Since when a trust service or certificate is what it is; old evidence is judged by the state at its time. */
export interface StateSince {
  readonly state: "granted" | "withdrawn" | "compromised";
  readonly from: number;
}

export interface Parameters {
  readonly instance: string;
  readonly purpose: InstancePurpose;
  /** How old a stapled OCSP response may be, milliseconds. */
  readonly ocspFreshness: number;
  /** How long a message may wait for its time-stamp before new exchanges are refused, milliseconds. */
  readonly timestampMaxLag: number;
  /** Keys with which the governing authority cosigns checkpoints of logs; see `SecurityServer.logKeys`. */
  readonly witnessKeys: readonly string[];
  /** Keys with which the governing authority countersigns acts on services. */
  readonly catalogueKeys: readonly string[];
  /** IANA's name of the time zone in which days begin. */
  readonly timeZone: string;
  /** Members that may order restrictions, and to which key (a point on P-256, base64url) those are encrypted. */
  readonly orderingAuthorities: readonly { readonly member: MemberId; readonly encryptionKey: string }[];
  /** The supervisory authority's; null where there is no ordering authority. */
  readonly supervisoryKey: string | null;
  /** Which kind of seal the members of a class must have at least; any without an entry. */
  readonly leastSealClasses: readonly { readonly memberClass: string; readonly least: SealClass }[];
  /** For which purposes the law permits a restriction of the person's right to see an entry. */
  readonly restrictablePurposes: readonly { readonly service: ServiceId; readonly purpose: string }[];
  /** Which names certificates have; the usual ones when it says nothing. */
  readonly certificateNames?: NameRules;
}

export interface Member {
  readonly id: MemberId;
  readonly name: string;
  readonly subsystems: readonly { readonly id: ClientId; readonly name: string }[];
  /** What the authority certifies of it, for conditions of agreements; `until` is ISO 8601. */
  readonly attributes?: readonly { readonly name: string; readonly until: string }[];
}

/** Subsystems that the authority has put together. */
export interface Group {
  readonly code: string;
  readonly description: string;
  readonly members: readonly ClientId[];
}

/** A time in which other servers send no new exchange. Times are milliseconds. */
export interface Maintenance {
  readonly from: number;
  /** Null while nobody knows when it ends. */
  readonly until: number | null;
  /** What consumers are told. */
  readonly notice: string;
  /** The nodes that it is of; null for the whole server. */
  readonly addresses: readonly { readonly host: string; readonly port: number }[] | null;
}

export interface SecurityServer {
  readonly id: ServerId;
  readonly owner: MemberId;
  /** Equal nodes of one server; any of them takes a message for it. */
  readonly addresses: readonly { readonly host: string; readonly port: number }[];
  /** SHA-256 digests (base64url) of the TLS certificates that its connections show. */
  readonly tlsCertificates: readonly string[];
  /** The members and subsystems that this server, and no other, serves. */
  readonly clients: readonly ClientId[];
  /** Wire versions that it speaks. */
  readonly wireVersions: readonly number[];
  /** Ed25519 keys (base64url of 32 bytes) of its checkpoints and cosignatures, the one in use first. */
  readonly logKeys?: readonly string[];
  /** SHA-256 digests (base64url) of the certificates of those who may declare a discontinuity of its log, two together. */
  readonly officers?: readonly string[];
  /** That is going on or planned. */
  readonly maintenance?: readonly Maintenance[];
  /** Provider's contact, named in faults. */
  readonly contact: string;
}

/** An agreement between members that the authority put an end to, for a time or for good. */
export interface AgreementStopEntry {
  readonly agreement: string;
  readonly consumer: ClientId;
  readonly service: ServiceId;
  readonly state: "suspended" | "ended";
  /** Milliseconds. */
  readonly since: number;
  readonly reason: string;
}

/** Binds an e-seal certificate to its member and to the servers that may use it. */
export interface SealBinding {
  readonly member: MemberId;
  readonly certificate: Buffer;
  readonly servers: readonly ServerId[];
  readonly history: readonly StateSince[];
}

export interface CertificationAuthority {
  readonly name: string;
  readonly certificate: Buffer;
  readonly ocspUrls: readonly string[];
  readonly history: readonly StateSince[];
}

export interface TimestampingAuthority {
  readonly name: string;
  readonly url: string;
  /** The CA certificate under which its tokens are verified. */
  readonly certificate: Buffer;
  readonly policies: readonly string[];
  readonly history: readonly StateSince[];
}

/** A document published beside the configuration, such as a service description, by its digest. */
export interface PublishedDocument {
  readonly path: string;
  /** base64url */
  readonly sha256: string;
  readonly bytes: Buffer;
}

/** What one version says, whenever it was fetched. */
export interface ConfigurationContent {
  /** Version of the TUF targets metadata, and the SHA-256 (base64url) of its bytes. */
  readonly version: number;
  readonly sha256: string;
  readonly parameters: Parameters;
  readonly members: readonly Member[];
  readonly groups?: readonly Group[];
  /** What became of members by law. */
  readonly successions: readonly Succession[];
  /** Missing where there are none. */
  readonly agreementStops?: readonly AgreementStopEntry[];
  readonly servers: readonly SecurityServer[];
  readonly seals: readonly SealBinding[];
  readonly certificationAuthorities: readonly CertificationAuthority[];
  readonly timestampingAuthorities: readonly TimestampingAuthority[];
  /** Service descriptions: the wing of law reads them. */
  readonly services: readonly PublishedDocument[];
  /** Acts on services, countersigned, those of one service in their order. */
  readonly acts: readonly PublishedDocument[];
  /** What the instance adds to the shared vocabulary: the wing of law reads it. */
  readonly vocabularies: readonly PublishedDocument[];
}

export interface GlobalConfiguration extends ConfigurationContent {
  /** When the newest timestamp metadata that vouches for it was made and when it expires, milliseconds. */
  readonly freshAt: number;
  readonly expiresAt: number;
  /** The signed metadata and parts as fetched (file name to bytes): what evidence packages carry. */
  readonly files: ReadonlyMap<string, Buffer>;
}
