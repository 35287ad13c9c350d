import type { KeyObject } from "node:crypto";
import type { Catalogue } from "../catalogue/catalogue.ts";
import type { Vocabulary } from "../catalogue/vocabulary.ts";
import type { Clock } from "../core/clock.ts";
import type { ClientId, MemberId, ServerId, ServiceId } from "../core/ids.ts";
import type { MemberShares } from "../core/member-shares.ts";
import type { Staple } from "../message/seal-message.ts";
import type { CertificateJudge, SealDirectory } from "../message/verify-message.ts";
import type { MessageLog } from "../messagelog/message-record.ts";
import type { Certificate } from "../pki/certificate.ts";
import type { Signer } from "../pki/signer.ts";
import type { Agreements } from "../policy/agreements/agreements.ts";
import type { AgreementsInForce } from "../policy/agreements-in-force.ts";
import type { GlobalConfiguration, SecurityServer } from "../trust/global-configuration.ts";
import type { AnswerCache } from "./answer-cache.ts";
import type { CertifiedMembers } from "./authority-word.ts";
import type { EvidenceDesk } from "./builtin/evidence-desk.ts";
import type { Compartment } from "./compartment.ts";
import type { ContextKeeper } from "./context-keeper.ts";
import type { EmergencyBook } from "./emergencies/emergency-book.ts";
import type { ExchangeMonitor } from "./exchange-monitor.ts";
import type { PeerClient } from "./peer-client.ts";
import type { PermissionBook } from "./permissions/permission-book.ts";
import type { PermissionSettings } from "./permissions/permission-settings.ts";
import type { QuotaWatch } from "./quota-watch.ts";
import type { PowerDesk } from "./representation/power-desk.ts";
import type { RestrictionsInUse } from "./restrictions-in-use.ts";
import type { RetentionTable } from "./retention-table.ts";
import type { ServiceClient } from "./service-client.ts";

/** One version of the global configuration with its look-ups; an exchange uses one from beginning to end. */
export interface TrustSnapshot {
  readonly configuration: GlobalConfiguration;
  readonly directory: TrustDirectory;
  readonly catalogue: Catalogue;
  /** The shared one and what the instance adds to it. */
  readonly vocabulary: Vocabulary;
}

export interface TrustDirectory extends SealDirectory, CertifiedMembers {
  server(id: ServerId): SecurityServer | undefined;
  /** The one server that serves a member or subsystem. */
  serverOf(client: ClientId): SecurityServer | undefined;
  serverByTlsCertificate(fingerprint: string): SecurityServer | undefined;
  isRegistered(client: ClientId): boolean;
}

/** What a member that is served here signs with. */
export interface MemberSeal {
  readonly member: MemberId;
  readonly signer: Signer;
  readonly issuer: Certificate;
  /** A good and fresh OCSP response. @throws SealwayError `signer_unavailable` when there is none */
  staple(): Staple;
  /** Key of the member's commitments; never leaves the member. */
  readonly commitmentKey: KeyObject;
}

/** How an information system proves that it is its subsystem; exchange-protocol names them after X-Road's. */
export type ClientAuthentication = "http" | "https" | "certificate" | "token";

export interface ClientSettings {
  readonly id: ClientId;
  readonly authentication: ClientAuthentication;
  /** SHA-256 digests (base64url) of the certificates of this subsystem's information systems. */
  readonly certificates: ReadonlySet<string>;
  /** SHA-256 digests of the bearer tokens. */
  readonly tokens: readonly Buffer[];
  /** Addresses that plain HTTP is taken from; loopback when it says nothing. */
  readonly sourceAddresses: ReadonlySet<string>;
}

export interface ServiceSettings {
  readonly id: ServiceId;
  readonly target: URL;
  readonly compartment: Compartment;
}

/** A step that is done, as numbered in `pipeline.ts`. */
export interface StepDone {
  readonly number: number;
  readonly name: string;
  readonly exchangeId: string;
}

/** Told of each step that is done: crash tests. */
export type StepObserver = (step: StepDone) => void | Promise<void>;

/** Everything that steps may use; built by the composition root. */
export interface GatewayServices {
  readonly clock: Clock;
  readonly self: ServerId;
  readonly owner: MemberId;
  /** @throws SealwayError `configuration_expired` */
  trust(): TrustSnapshot;
  /** When the newest timestamp of the configuration in use was made, milliseconds; undefined when there is none. */
  configurationFreshAt(): number | undefined;
  /** A certificate is not known here: it may be in a configuration that is not fetched yet. */
  pollTrust(): void;
  /** Which configuration a peer's authentic message names: a newer one is fetched, a fork is an alarm. */
  notePeerConfiguration(
    peer: ServerId,
    configuration: { readonly version: number; readonly sha256: string },
  ): void;
  /** When a peer signed, by its own clock: seconds since the epoch. */
  noteClock(peer: ServerId, iat: number): void;
  readonly agreements: Agreements;
  /** Those of them that can be kept against a catalogue: on which calls rely. */
  readonly agreementsInForce: AgreementsInForce;
  readonly clients: ReadonlyMap<ClientId, ClientSettings>;
  readonly services: ReadonlyMap<ServiceId, ServiceSettings>;
  readonly seals: ReadonlyMap<MemberId, MemberSeal>;
  /** Of the members that are served here, in the exchanges of providers. */
  readonly shares: MemberShares;
  readonly judge: CertificateJudge;
  readonly log: MessageLog;
  readonly context: ContextKeeper;
  readonly retention: RetentionTable;
  readonly restrictions: RestrictionsInUse;
  /** The permissions to services that are provided here. */
  readonly permissions: PermissionBook;
  readonly permissionSettings: PermissionSettings;
  /** Who may act for whom, by the word of authentic sources. */
  readonly powers: PowerDesk<GatewayServices>;
  /** Milliseconds that a message may wait for its time-stamp. */
  timestampMaxLag(): number;
  readonly peers: PeerClient;
  readonly serviceClient: ServiceClient;
  readonly answers: AnswerCache;
  readonly evidence: EvidenceDesk;
  /** The settings of the services that the gateway itself answers, at any subsystem. */
  readonly builtIns: { of(service: ServiceId): ServiceSettings | undefined };
  readonly spoolDirectory: string;
  readonly monitor: ExchangeMonitor;
  readonly quotaWatch: QuotaWatch;
  readonly emergencies: EmergencyBook;
  readonly observer: StepObserver | undefined;
}
