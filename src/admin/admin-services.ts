import type { Logger } from "pino";
import type { Json } from "../core/canonical-json.ts";
import type { MemberId } from "../core/ids.ts";
import type { InTurnByName } from "../core/in-turn-by-name.ts";
import type { ErrandSeal } from "../web/errand-seal.ts";
import type { PendingSignIn, SignInDesk } from "../web/sign-in/sign-in-desk.ts";
import type { AgreementDesk } from "./agreement-desk.ts";
import type { CaseDesk } from "./case-desk.ts";
import type { CatalogueAccess } from "./catalogue-access.ts";
import type { ExchangeDesk } from "./exchange-desk.ts";
import type { HoldDesk } from "./hold-desk.ts";
import type { KeyDesk } from "./key-desk.ts";
import type { ObservationDesk } from "./observation-desk.ts";
import type { OrderedAct } from "./ordered-act.ts";
import type { NamedPerson, PermissionDesk } from "./permission-desk.ts";
import type { RecordsDesk } from "./records-desk.ts";
import type { RegistrationDesk } from "./registration-desk.ts";
import type { RestrictionDesk } from "./restriction-desk.ts";
import type { CallerParts } from "./sign-in/caller.ts";
import type { FirstCode } from "./sign-in/first-code.ts";
import type { TrafficDesk } from "./traffic-desk.ts";

/** What the management API works with. */
export interface AdminServices extends CallerParts {
  readonly log: Logger;
  /** The server's owner. */
  readonly owner: MemberId;
  /** Members that are hosted here, the owner among them. */
  readonly members: readonly MemberId[];
  /** While nobody can administer the server: makes somebody who can. */
  readonly first: FirstCode;
  readonly gateway: GatewayDesk;
  readonly keys: KeyDesk;
  readonly traffic: TrafficDesk;
  readonly permissions: PermissionDesk;
  readonly cases: CaseDesk;
  readonly holds: HoldDesk;
  readonly observations: ObservationDesk;
  readonly registration: RegistrationDesk;
  /** Of guesses at one key, and of acts on one proposal. */
  readonly turns: InTurnByName;
  readonly restrictions: RestrictionDesk;
  readonly records: RecordsDesk;
  readonly exchanges: ExchangeDesk;
  readonly catalogue: CatalogueAccess;
  readonly agreements: AgreementDesk;
  /** Subsystems that ask through this server, and how they prove who they are. */
  readonly clients: readonly ListedClient[];
  /** Where they ask: the address of the interface for information systems; null while it has no port of its own. */
  readonly callAddress: string | null;
  /** The configuration file in force, without what is secret. */
  readonly configuration: Json;
  /** Undefined where users have API keys alone. */
  readonly provider: ProviderSignIn | undefined;
  /** Path to which a browser goes that comes back from the provider signed in. */
  readonly home: string;
  /** Keyed digest of a person at the identity provider: the log has no personal code. */
  subjectDigest(subject: string): string;
  /** Keyed digest of a person whom exchanges are about, by which a second entry of the same is known. */
  personDigest(person: NamedPerson): string;
}

/** Signing in at an OpenID Connect provider. */
export interface ProviderSignIn {
  readonly desk: SignInDesk;
  readonly errands: ErrandSeal<PendingSignIn>;
}

export interface ListedClient {
  readonly id: string;
  readonly authentication: string;
}

export interface ListedService {
  readonly id: string;
  readonly version: string;
  readonly state: string;
  readonly title: string;
}

export interface ListedKey {
  /** `seal DEV/GOV/10000001`, or `tls`. */
  readonly slot: string;
  readonly name: string;
  readonly state: string;
  /** Last day; null while there is no certificate. */
  readonly ends: string | null;
  readonly ocsp: string | null;
  readonly fingerprint: string | null;
  readonly class: string | null;
}

export interface ListedAgreement {
  readonly id: string;
  readonly consumer: string;
  readonly service: string;
  readonly state: string;
  readonly suspendedBy: readonly string[];
  readonly revision: number;
  readonly from: string;
  readonly to: string;
  readonly source: string;
}

/** Which agreements a list is of: all, unless told. */
export interface AgreementsWanted {
  readonly agreement?: string;
  /** Members, one of which is a party. */
  readonly members?: ReadonlySet<string>;
  readonly state?: string;
  /** Part of the id or of a party's name. */
  readonly words?: string;
  /** Of the page before. */
  readonly cursor?: string;
}

/** A page of a list, by id; cursor null on the last one. */
export interface AgreementPage {
  readonly agreements: readonly ListedAgreement[];
  /** On all pages. */
  readonly total: number;
  readonly cursor: string | null;
}

/** The running security server, which alone has keys and the log's pen. @throws SealwayError as the server says */
export interface GatewayDesk {
  health(): Promise<Json>;
  /** Every version that is published of services of the members that are hosted here. */
  services(): Promise<readonly ListedService[]>;
  agreements(wanted: AgreementsWanted): Promise<AgreementPage>;
  keys(): Promise<readonly ListedKey[]>;
  chooseKey(slot: string, name: string): Promise<void>;
  publish(order: PublishOrder): Promise<OrderedAct>;
  actOnService(order: ServiceActOrder): Promise<OrderedAct>;
  actOnAgreement(order: AgreementActOrder): Promise<Json>;
}

export interface PublishOrder {
  readonly description: Buffer;
  readonly target: string | undefined;
  readonly dryRun: boolean;
}

export interface ServiceActOrder {
  readonly service: string;
  readonly version: string;
  readonly word: "suspend" | "resume" | "deprecate" | "archive" | "narrow";
  /** What the act states beside its service. */
  readonly states: Readonly<Record<string, Json>>;
}

export interface AgreementActOrder {
  readonly agreement: string;
  readonly word: ("approve" | "decline" | "suspend" | "resume" | "end") | ("declare" | "verify" | "withdraw");
  readonly as: "consumer" | "provider";
  /** What the act states to the other side. */
  readonly states: Readonly<Record<string, Json>>;
}
