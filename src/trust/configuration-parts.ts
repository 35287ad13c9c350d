import membersSchema from "../../schemas/configuration/v1/members.schema.json" with { type: "json" };
import parametersSchema from "../../schemas/configuration/v1/parameters.schema.json" with { type: "json" };
import sealsSchema from "../../schemas/configuration/v1/seals.schema.json" with { type: "json" };
import serversSchema from "../../schemas/configuration/v1/servers.schema.json" with { type: "json" };
import servicesSchema from "../../schemas/configuration/v1/services.schema.json" with { type: "json" };
import trustServicesSchema from "../../schemas/configuration/v1/trust-services.schema.json" with {
  type: "json",
};
import type { MemberId } from "../core/ids.ts";
import type { NameRules } from "../pki/certificate-names.ts";
import { documentReader } from "./document-schema.ts";
import type {
  AgreementStopEntry,
  Group,
  InstancePurpose,
  Maintenance,
  Member,
  Parameters,
  SecurityServer,
  StateSince,
} from "./global-configuration.ts";
import type { Succession } from "./successors.ts";

/*
 * The parts of the configuration as they stand in the files (schemas/configuration/v1): times as ISO 8601,
 * durations in seconds, certificates as base64 DER.
 */

interface Part {
  readonly v: 1;
  readonly instance: string;
}

export interface HistoryEntry {
  readonly state: StateSince["state"];
  readonly from: string;
}

export interface ParametersPart extends Part {
  readonly purpose: InstancePurpose;
  readonly ocspFreshnessSeconds: number;
  readonly timestampMaxLagSeconds: number;
  readonly witnessKeys?: readonly string[];
  readonly catalogueKeys?: readonly string[];
  readonly timeZone?: string;
  readonly orderingAuthorities?: Parameters["orderingAuthorities"];
  readonly supervisoryKey?: string;
  readonly leastSealClasses?: Parameters["leastSealClasses"];
  readonly restrictablePurposes?: Parameters["restrictablePurposes"];
  readonly certificateNames?: NameRules;
}

export interface MembersPart extends Part {
  readonly members: readonly Member[];
  readonly groups?: readonly Group[];
  readonly successions?: readonly SuccessionEntry[];
  readonly agreementStops?: readonly (Omit<AgreementStopEntry, "since"> & { readonly since: string })[];
}

/** As it is published and registered. */
export interface SuccessionEntry {
  readonly kind: Succession["kind"];
  readonly from: readonly MemberId[];
  readonly to: readonly { readonly member: MemberId; readonly share?: string }[];
  readonly act: string;
  /** A day. */
  readonly date: string;
}

/** As it is published and registered. */
export interface MaintenanceEntry {
  readonly from: string;
  readonly until?: string;
  readonly notice: string;
  readonly addresses?: Maintenance["addresses"];
}

export interface ServersPart extends Part {
  readonly servers: readonly (Omit<SecurityServer, "maintenance"> & {
    readonly maintenance?: readonly MaintenanceEntry[];
  })[];
}

export interface SealsPart extends Part {
  readonly seals: readonly {
    readonly member: string;
    readonly certificate: string;
    readonly servers: readonly string[];
    readonly history: readonly HistoryEntry[];
  }[];
}

export interface TrustServicesPart extends Part {
  readonly certificationAuthorities: readonly {
    readonly name: string;
    readonly certificate: string;
    readonly ocspUrls: readonly string[];
    readonly history: readonly HistoryEntry[];
  }[];
  readonly timestampingAuthorities: readonly {
    readonly name: string;
    readonly url: string;
    readonly certificate: string;
    readonly policies: readonly string[];
    readonly history: readonly HistoryEntry[];
  }[];
}

interface BoundDocument {
  readonly path: string;
  readonly sha256: string;
  readonly length: number;
}

export interface ServicesPart extends Part {
  readonly services: readonly BoundDocument[];
  /** Those of one service in their order. */
  readonly acts?: readonly BoundDocument[];
  /** What the instance adds to the shared vocabulary. */
  readonly vocabularies?: readonly BoundDocument[];
}

/** All documents that the part binds. */
export function boundDocuments(part: ServicesPart): readonly BoundDocument[] {
  const { services, acts = [], vocabularies = [] } = part;
  return [...services, ...acts, ...vocabularies];
}

/** What the parts hold, by the name that stands in their path. */
export interface PartShapes {
  readonly parameters: ParametersPart;
  readonly members: MembersPart;
  readonly servers: ServersPart;
  readonly seals: SealsPart;
  readonly "trust-services": TrustServicesPart;
  readonly services: ServicesPart;
}

export type PartName = keyof PartShapes;

/** Bytes; 3,000 servers with their certificates take 5 MiB. */
export const partMaxLength = 64 * 1024 * 1024;
/** Bytes of one document that the services part binds. */
export const serviceMaxLength = 1024 * 1024;

/** Readers of the parts, all of which a configuration has. */
export const partReaders = {
  parameters: documentReader<ParametersPart>(parametersSchema, partMaxLength),
  members: documentReader<MembersPart>(membersSchema, partMaxLength),
  servers: documentReader<ServersPart>(serversSchema, partMaxLength),
  seals: documentReader<SealsPart>(sealsSchema, partMaxLength),
  "trust-services": documentReader<TrustServicesPart>(trustServicesSchema, partMaxLength),
  services: documentReader<ServicesPart>(servicesSchema, partMaxLength),
} as const;

export const partNames = Object.keys(partReaders) as readonly PartName[];

/** The path of a part among the TUF targets. */
export function partPath(name: PartName): string {
  return `configuration/${name}.json`;
}
