import { fullFormats } from "ajv-formats/dist/formats.js";
import schema from "../../schemas/agreement/v1.schema.json" with { type: "json" };
import { sha256, toBase64Url } from "../core/bytes.ts";
import { parseEndpointTemplate } from "../core/endpoint-template.ts";
import { SealwayError } from "../core/errors.ts";
import {
  type ClientId,
  isInOneSpelling,
  parseClientId,
  parseServiceId,
  type ServiceId,
} from "../core/ids.ts";
import { ownSchema } from "../core/own-schema.ts";
import { remembered } from "../core/remembered.ts";
import { parseStrictJson } from "../core/strict-json.ts";
import type { AgreedQuota } from "./quota.ts";

/** The terms of access of one consumer to one service. */
export interface Agreement {
  readonly id: string;
  readonly revision: number;
  /** base64url SHA-256 of the document's bytes. */
  readonly sha256: string;
  readonly bytes: Buffer;
  readonly consumer: ClientId;
  readonly service: ServiceId;
  /** Methods (or `*`) and endpoint templates (`/**` for all of them). */
  readonly endpoints: readonly { readonly method: string; readonly path: string }[];
  /** Milliseconds since the epoch; the first belongs to the validity, the last does not. */
  readonly validity: { readonly from: number; readonly to: number };
  /** Range of versions for which it holds (`version-range.ts`); null for all. */
  readonly serviceVersions: string | null;
  /** Of the description's purposes those for which it grants; null when a call need not name one. */
  readonly purposes: readonly GrantedPurpose[] | null;
  /** Whether a call must state its purpose itself, although there is only one for which it could be. */
  readonly statedPurpose: "required" | "optional";
  /** Fields of answers with everything below them: JSON pointers, `*` for every element; null for all. */
  readonly fields: readonly string[] | null;
  /** Why the full record is needed although a yes or no would do. */
  readonly reason: string | null;
  /** How many calls there may be; what the service description states holds as well. */
  readonly quota?: AgreedQuota;
  /** What the consumer must be, or show, while it calls; none when it says nothing. */
  readonly conditions?: readonly AgreementCondition[];
  /** Emergency access may be claimed under it, for purposes that allow it, too. */
  readonly emergency?: true;
  /** Who else than its parties finds it in the register of agreements: everybody unless it says `parties`. */
  readonly register?: "public" | "parties";
  /** Taken over from access rights that stated no purpose. */
  readonly state?: "migrated";
  /** What acts made of it; undefined for a file of the operator's, on which nobody acts. */
  readonly standing?: AgreementStanding;
}

/** `declared` by the consumer, `verified` by the provider until a time, `certified` by the governing authority. */
export interface AgreementCondition {
  readonly kind: "declared" | "verified" | "certified";
  readonly attribute: string;
}

/** What the governing authority certifies of a member: attributes, and until when, milliseconds. */
export type CertifiedAttributes = ReadonlyMap<string, number>;

/** What the governing authority says, as the configuration has it; missing where that is nothing. */
export interface AuthorityWord {
  readonly certified?: CertifiedAttributes | undefined;
  readonly stops?: AgreementStops | undefined;
}

const nothingCertified: CertifiedAttributes = new Map();

/** What the governing authority put an end to, for a time or for good. */
export interface AgreementStop {
  readonly state: "suspended" | "ended";
  /** Milliseconds. */
  readonly since: number;
  readonly reason: string;
}

/** By `stopKey`. */
export type AgreementStops = ReadonlyMap<string, AgreementStop>;

const nothingStopped: AgreementStops = new Map();

/** Names an agreement to the authority, which holds none: two pairs may have given one id. */
export function stopKey({ id, consumer, service }: Pick<Agreement, "id" | "consumer" | "service">): string {
  return `${id} ${consumer} ${service}`;
}

export interface AgreementStanding {
  /** The sides that suspended it: calls stop while there is one. */
  readonly suspendedBy: readonly ("consumer" | "provider")[];
  /** Until when the consumer meets the conditions, milliseconds; Infinity without an end, 0 when it does not. */
  readonly conditionsUntil: number;
}

/** Whether an agreement is in force at a time: valid, and not suspended. @param now milliseconds @param word as `isUnsuspended` */
export function isInForce(agreement: Agreement, now: number, word: AuthorityWord): boolean {
  const { from, to } = agreement.validity;
  return from <= now && now < to && isUnsuspended(agreement, now, word);
}

/**
 * Whether nobody has suspended an agreement and its conditions are met.
 * @param now milliseconds
 * @param word what the authority certifies of the consumer's member, and what it stopped
 */
export function isUnsuspended(
  agreement: Pick<Agreement, "id" | "consumer" | "service" | "conditions" | "standing">,
  now: number,
  { certified = nothingCertified, stops = nothingStopped }: AuthorityWord,
): boolean {
  const { conditions = [], standing } = agreement;
  if (stops.size > 0 && stops.has(stopKey(agreement))) return false;
  const isUncertified = ({ attribute, kind }: AgreementCondition) =>
    kind === "certified" && now >= (certified.get(attribute) ?? 0);
  if (conditions.some(isUncertified)) return false;
  if (standing === undefined) return conditions.every(({ kind }) => kind === "certified");
  return standing.suspendedBy.length === 0 && now < standing.conditionsUntil;
}

export interface GrantedPurpose {
  readonly id: string;
  /** The only one that is meant; any one when it is missing. */
  readonly revision?: number;
}

type Optional = "serviceVersions" | "purposes" | "statedPurpose" | "fields" | "reason";
type More = "quota" | "conditions" | "emergency" | "register" | "state" | "standing";

type AgreementDocument = Omit<Agreement, "sha256" | "bytes" | "validity" | Optional | More> &
  Partial<Pick<Agreement, Optional>> & {
    readonly validity: { readonly from: string; readonly to: string };
    readonly quota?: AgreedQuota | null;
    readonly conditions?: readonly { readonly kind: string; readonly attribute: string }[] | null;
    readonly emergency?: true | null;
    readonly register?: Agreement["register"] | null;
    readonly state?: "migrated" | null;
  } & { readonly [name: string]: unknown };

const validate = ownSchema<AgreementDocument>(schema, {
  allowUnionTypes: true,
  formats: { "date-time": fullFormats["date-time"] },
});

/**
 * Reads an agreement.
 * @throws SealwayError `bad_request` naming the place; also for a document that states more than is enforced, since
 *   a term that is ignored is a promise broken
 */
export function parseAgreement(bytes: Buffer): Agreement {
  const document = parseStrictJson(bytes, "bad_request");
  if (!validate(document)) {
    // Of a term that may be null the first fault is that it is not: the deepest place is what was meant.
    const [error] = validate.errors?.toSorted((a, b) => b.instancePath.length - a.instancePath.length) ?? [];
    throw new SealwayError("bad_request", `agreement: ${error?.instancePath || "/"} ${error?.message}`);
  }
  const { id, revision, consumer, service, endpoints } = document;
  const { serviceVersions = null, purposes = null, fields = null, reason = null } = document;
  const statedPurpose = document.statedPurpose ?? "optional";
  if (!isInOneSpelling(consumer, parseClientId) || !isInOneSpelling(service, parseServiceId))
    throw new SealwayError("bad_request", `agreement ${id}: consumer or service is not in its one spelling`);
  for (const { path } of endpoints) parseEndpointTemplate(path);
  const validity = { from: Date.parse(document.validity.from), to: Date.parse(document.validity.to) };
  // Not `>=`: a leap second passes the schema and is no time here.
  if (!(validity.from < validity.to))
    throw new SealwayError("bad_request", `agreement ${id} ends before it begins`);
  const parties = { id, revision, sha256: toBase64Url(sha256(bytes)), bytes, consumer, service };
  const terms = { endpoints: shared(endpoints), validity: shared(validity), serviceVersions };
  const data = { purposes: shared(purposes), statedPurpose, fields: shared(fields), reason };
  return { ...parties, ...terms, ...data, ...moreOf(document) };
}

const sharedTerms = new Map<string, unknown>();
/** Characters. Longer ones are few, and many of them, the other side's choice, would fill the memory. */
const longestShared = 1024;

/** Very many agreements say the same: they have one object of it, which the processor has at hand when the next one is judged. */
function shared<Terms>(terms: Terms): Terms {
  const text = JSON.stringify(terms);
  return text.length > longestShared ? terms : (remembered(sharedTerms, text, () => terms) as Terms);
}

/** What few agreements state. */
function moreOf({ quota, conditions, emergency, register, state }: AgreementDocument): Pick<Agreement, More> {
  return {
    ...(quota && { quota }),
    ...(conditions && conditions.length > 0 && { conditions: conditions as readonly AgreementCondition[] }),
    ...(emergency && { emergency }),
    ...(register && { register }),
    ...(state && { state }),
  };
}
