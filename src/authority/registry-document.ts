import schema from "../../schemas/registry/v1.schema.json" with { type: "json" };
import type { OnceOnlyException } from "../catalogue/gate/publication.ts";
import type { ChangeKind } from "../message/registration/registration-change.ts";
import type {
  HistoryEntry,
  MaintenanceEntry,
  MembersPart,
  ParametersPart,
  TrustServicesPart,
} from "../trust/configuration-parts.ts";
import { documentReader } from "../trust/document-schema.ts";
import type { InstancePurpose } from "../trust/global-configuration.ts";

/** A certificate: the first in a PEM file, relative to the registry file, or its DER in base64. */
export type CertificateReference = { readonly pem: string } | { readonly der: string };

type WithReference<Entry> = Omit<Entry, "certificate"> & { readonly certificate: CertificateReference };

/** The registry file as it is written (`schemas/registry/v1.schema.json`). */
export interface RegistryDocument {
  readonly v: 1;
  readonly instance: string;
  readonly purpose: InstancePurpose;
  readonly parameters: Pick<
    ParametersPart,
    | "ocspFreshnessSeconds"
    | "timestampMaxLagSeconds"
    | "timeZone"
    | "orderingAuthorities"
    | "supervisoryKey"
    | "leastSealClasses"
    | "restrictablePurposes"
    | "certificateNames"
  >;
  readonly members: readonly {
    readonly id: string;
    readonly name: string;
    readonly subsystems: readonly { readonly id: string; readonly name: string }[];
    readonly attributes?: readonly { readonly name: string; readonly until: string }[];
  }[];
  readonly successions?: MembersPart["successions"];
  readonly servers: readonly {
    readonly id: string;
    readonly owner: string;
    readonly addresses: readonly { readonly host: string; readonly port: number }[];
    readonly tlsCertificates: readonly CertificateReference[];
    readonly clients: readonly string[];
    readonly wireVersions: readonly number[];
    readonly logKeys?: readonly string[];
    readonly officers?: readonly CertificateReference[];
    readonly maintenance?: readonly MaintenanceEntry[];
    readonly contact: string;
  }[];
  readonly seals: readonly {
    readonly member: string;
    readonly certificate: CertificateReference;
    readonly servers: readonly string[];
    readonly history: readonly HistoryEntry[];
  }[];
  readonly certificationAuthorities: readonly WithReference<
    TrustServicesPart["certificationAuthorities"][number]
  >[];
  readonly timestampingAuthorities: readonly WithReference<
    TrustServicesPart["timestampingAuthorities"][number]
  >[];
  /** A directory, relative to the registry file; for a demonstration only. */
  readonly services?: string;
  readonly catalogue?: {
    readonly publicClasses?: readonly string[];
    readonly noticeDays?: number;
    readonly exceptions?: readonly OnceOnlyException[];
    /** Files, relative to the registry file. */
    readonly vocabularies?: readonly string[];
  };
  /** How registration requests are decided; see `registrationRulesOf`. */
  readonly registration?: {
    readonly officers?: readonly CertificateReference[];
    readonly persons?: Readonly<Partial<Record<ChangeKind, 1 | 2>>>;
    readonly automatic?: "all" | readonly ChangeKind[];
    readonly expiryDays?: number;
    readonly compromisedBackHours?: number;
    readonly memberClasses?: readonly string[];
  };
}

/** Reads a registry file. @throws DocumentError with the place of the first fault */
export const readRegistryDocument = documentReader<RegistryDocument>(schema, 64 * 1024 * 1024);
