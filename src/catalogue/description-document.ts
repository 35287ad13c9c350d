import type { Json } from "../core/canonical-json.ts";
import type { ServiceId } from "../core/ids.ts";
import type { Schema } from "./compatibility/json-schema.ts";
import type { Text } from "./vocabulary.ts";

/*
 * A service description as its provider writes it (`schemas/service/v1.schema.json`). What is optional here and wanted
 * for publication, the gate demands.
 */

/** `json` is read, checked and cut; `opaque` passes as it is; `signed` does, too, and is refused rather than cut. */
export type ContentKind = "json" | "opaque" | "signed";

export interface DescriptionDocument {
  readonly v: 1;
  readonly id: ServiceId;
  readonly version: string;
  readonly title: Text;
  readonly contentKind: ContentKind;
  readonly timeoutMs: number;
  readonly maxRequestBytes?: number;
  readonly maxResponseBytes?: number;
  readonly endpoints: readonly EndpointDocument[];
  readonly retention?: RetentionProposal;

  readonly description?: Text;
  readonly domain?: string;
  readonly procedure?: string;
  readonly responsibleAuthority?: string;
  readonly supplier?: string;
  readonly audience?: readonly string[];
  readonly lifeEvents?: readonly string[];
  readonly contacts?: { readonly steward: Contact; readonly incidents: Contact };
  readonly lawfulBases?: readonly LawfulBasis[];
  readonly purposes?: readonly ServicePurpose[];
  /** Member classes (`DEV/GOV`) or members that may ask for an agreement. */
  readonly entitled?: readonly string[];
  readonly visibility?: "all" | "entitled" | "parties";
  readonly classification?: string;
  readonly sensitivity?: "ordinary" | "sensitive";
  readonly source?: AuthenticSource;
  readonly freshness?: { readonly asOf: string; readonly maxAgeSeconds: number };
  readonly pattern?: "request" | "message";
  readonly idempotent?: boolean;
  readonly concurrency?: number;
  readonly quota?: { readonly perMinute?: number; readonly perDay?: number };
  readonly exclusions?: readonly Text[];
  /** What becomes of fields in an answer that its schema does not know. */
  readonly unknownFields?: "refused" | "removed";
  readonly validation?: "observe" | "enforce";
  /** The service of which this one tells only yes or no. */
  readonly predicateOf?: ServiceId;
}

export interface EndpointDocument {
  readonly method: string;
  readonly path: string;
  readonly summary?: Text;
  readonly subjects?: readonly SubjectLocation[];
  readonly answerSubjects?: readonly AnswerSubject[];
  /** By `path:name` and `query:name`. */
  readonly parameters?: { readonly [name: string]: Parameter };
  readonly request?: Media;
  /** By HTTP status. */
  readonly responses?: { readonly [status: string]: Media };
  readonly responseHeaders?: readonly string[];
}

/** Where a request says whom it is about. */
export interface SubjectLocation {
  readonly in: "path" | "query" | "header" | "body";
  /** Parameter or header name, or a JSON pointer (RFC 6901). */
  readonly name: string;
  readonly role: "asked-about" | "representative";
  readonly scheme: string;
}

/** Where an answer names somebody. */
export interface AnswerSubject {
  /** JSON pointer (RFC 6901) in which `*` stands for every element of an array. */
  readonly pointer: string;
  readonly scheme: string;
}

export interface Media {
  /** JSON Schema (2020-12); `x-sealway-element` and `x-sealway-use` stand at its fields. */
  readonly schema: Schema;
  readonly examples?: readonly Json[];
}

/** What a consumer tells a field for. */
export type FieldUse = "key" | "match" | "claim" | "notify" | "collect";

export interface Parameter {
  readonly description?: Text;
  readonly required?: boolean;
  readonly schema: Schema;
  readonly element?: string;
  readonly use: FieldUse;
}

export interface Contact {
  readonly name: string;
  readonly email?: string;
  readonly telephone?: string;
}

export interface LawfulBasis {
  /** GDPR Art. 6(1), or law enforcement (LED Art. 8). */
  readonly basis:
    | "consent"
    | "contract"
    | "legal-obligation"
    | "vital-interests"
    | "public-task"
    | "legitimate-interests"
    | "law-enforcement";
  readonly provision: string;
  /** Condition of GDPR Art. 9(2). */
  readonly specialCategory?: string;
  /** The data protection officer who accepted consent as the basis of a public authority. */
  readonly acceptedBy?: string;
}

/** What an answer is used for; where a purpose lists uses, no other one is allowed. */
export type DecisionUse = "automated" | "caseworker" | "analytics";

/** A person's recorded act: agreement to something, a request to fetch something, the power to act for somebody. */
export type PermissionKind = "consent" | "explicit-request" | "mandate";

export interface ServicePurpose {
  readonly id: string;
  /** Raised when the purpose changes; 1 when it is missing. */
  readonly revision?: number;
  readonly title: Text;
  readonly elements: readonly string[];
  readonly decisionUses?: readonly DecisionUse[];
  /** One of the description's. */
  readonly lawfulBasis?: Pick<LawfulBasis, "basis" | "provision">;
  /** Without which no call is permitted for it. */
  readonly permission?: PermissionKind;
  /** Why elements are needed, by element. */
  readonly reasons?: { readonly [element: string]: Text };
  /** The last day (ISO 8601, UTC) on which data may be asked for it. */
  readonly validUntil?: string;
  readonly disclosure?: PersonalDisclosure;
  /** The law orders that whoever is entitled gets the data: the provider of the service has so many days, and no veto. */
  readonly byLaw?: { readonly provision: string; readonly withinDays: number };
  /** Uses for it, and permissions, are not shown to whoever acts for the person. */
  readonly protectsFromRepresentative?: true;
  /** Emergency access may be claimed for it, where the agreement grants it, too. */
  readonly emergency?: true;
}

/** How uses for a purpose appear in the person's list; `withhold`: not at all, while a third person's right prevails. */
export type PersonalDisclosure =
  | "show"
  | "show-without-unit"
  | "group"
  | "withhold"
  | { readonly later: number };

/** The register behind a service, as far as it is the authentic source of elements. */
export interface AuthenticSource {
  readonly register: string;
  readonly elements: readonly string[];
  readonly territory: string;
  readonly population?: string;
  /** Dates (ISO 8601): since when and until when. */
  readonly from?: string;
  readonly to?: string;
  readonly coordinator?: string;
}

interface ProposedPeriod {
  readonly keepDays: number;
  readonly graceDays: number;
}

/** How long the provider proposes that records of the service are kept, both by itself and by consumers. */
export interface RetentionProposal {
  readonly head?: ProposedPeriod;
  /** Bodies are kept only where a reason is given. */
  readonly body?: ProposedPeriod & { readonly reason: string };
}
