import { sha256Base64Url } from "../../core/bytes.ts";
import { canonicalJson, type Json } from "../../core/canonical-json.ts";
import { SealwayError } from "../../core/errors.ts";
import {
  type ClientId,
  isInOneSpelling,
  parseClientId,
  parseServiceId,
  type ServiceId,
} from "../../core/ids.ts";

/** Who holds an agreement, and acts on it; the governing authority stops calls by the configuration. */
export type AgreementSide = "consumer" | "provider";

/** The law that orders the access: the provider has so many days, and no veto. */
export interface ByLaw {
  readonly provision: string;
  readonly withinDays: number;
}

/** An agreement's document as it stands in an act: canonical JSON, which is what `terms` is the digest of. */
export type TermsDocument = { readonly [name: string]: Json };

/** What a consumer answers to the questionnaire, by question. */
export interface QuestionnaireAnswers {
  readonly questionnaire: string;
  readonly version: number;
  readonly answers: { readonly [question: string]: Json };
}

/** What may be done to an agreement. */
export type AgreementActWord = keyof typeof statedBy;

/** What every act states; times are milliseconds since the epoch, digests SHA-256 in base64url. */
interface Stated<Word extends AgreementActWord> {
  readonly act: Word;
  readonly by: AgreementSide;
  readonly instance: string;
  readonly time: number;
  /** Id of the agreement, and between whom it is. */
  readonly agreement: string;
  readonly consumer: ClientId;
  readonly service: ServiceId;
  /** Of the terms that the act is about, and their digest. */
  readonly revision: number;
  readonly terms: string;
  /** Digest of the act before it on this agreement; null for the first. */
  readonly previous: string | null;
}

interface Reasoned {
  /** For the other side to read; names no persons. */
  readonly reason: string;
}

export type AgreementAct =
  | (Stated<"request"> & {
      readonly document: TermsDocument;
      readonly answers: QuestionnaireAnswers;
      readonly byLaw: ByLaw | null;
    })
  | (Stated<"change"> & { readonly document: TermsDocument; readonly byLaw: ByLaw | null } & Reasoned)
  | (Stated<"approve"> & { readonly document: TermsDocument })
  | (Stated<"decline"> & Reasoned)
  | (Stated<"suspend"> & Reasoned)
  | (Stated<"resume"> & Reasoned)
  | (Stated<"end"> & Reasoned)
  /** The consumer says that it has an attribute that a condition asks for. */
  | (Stated<"declare"> & { readonly attribute: string })
  /** The provider vouches for one until a time. */
  | (Stated<"verify"> & { readonly attribute: string; readonly until: number })
  /** Whoever declared or vouched says so no more. */
  | (Stated<"withdraw"> & { readonly attribute: string } & Reasoned);

/** Longest document of an agreement in an act, bytes. */
const mostTermsBytes = 128 * 1024;
const mostReason = 500;
const mostAnswersBytes = 32 * 1024;
/** The end of the year 9999: what every calendar can show. */
const lastTime = Date.UTC(10_000, 0) - 1;

type Check = (value: unknown) => boolean;

const isDigest: Check = (value) => typeof value === "string" && /^[A-Za-z0-9_-]{43}$/.test(value);
const isTime: Check = (value) =>
  Number.isSafeInteger(value) && (value as number) >= 0 && Number(value) <= lastTime;
const isOneOf =
  (...words: readonly string[]): Check =>
  (value) =>
    words.includes(value as string);
const reason: Check = (value) => isShownText(value, mostReason);
const attribute: Check = (value) => typeof value === "string" && attributeForm.test(value);
const document: Check = (value) => isObject(value) && canonicalJson(value as Json).length <= mostTermsBytes;
const byLaw: Check = (value) => value === null || isByLaw(value);

/** How an attribute is called that a condition asks for. */
const attributeForm = /^[a-z][a-z0-9-]{0,62}$/;

const common = {
  by: isOneOf("consumer", "provider"),
  instance: (value: unknown) => isShownText(value, 100),
  time: isTime,
  agreement: (value: unknown) => typeof value === "string" && /^[A-Za-z0-9._:~-]{1,100}$/.test(value),
  // A subsystem: the other side must be able to call it.
  consumer: (value: unknown) =>
    typeof value === "string" && isInOneSpelling(value, parseClientId) && value.split("/").length === 4,
  service: (value: unknown) => typeof value === "string" && isInOneSpelling(value, parseServiceId),
  revision: (value: unknown) =>
    Number.isSafeInteger(value) && (value as number) > 0 && (value as number) <= 2_147_483_647,
  terms: isDigest,
  previous: (value: unknown) => value === null || isDigest(value),
} as const;

/** What each act states beside that. */
const statedBy = {
  request: { document, answers: isAnswers, byLaw },
  change: { document, byLaw, reason },
  approve: { document },
  decline: { reason },
  suspend: { reason },
  resume: { reason },
  end: { reason },
  declare: { attribute },
  verify: { attribute, until: isTime },
  withdraw: { attribute, reason },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Check>>>>;

export const agreementActWords = Object.keys(statedBy) as readonly AgreementActWord[];

/**
 * Reads what an act states; anybody may have written it.
 * @throws SealwayError `malformed_statement` naming the member
 */
export function parseAgreementAct(payload: Readonly<Record<string, unknown>>): AgreementAct {
  const word = payload.act;
  if (typeof word !== "string" || !Object.hasOwn(statedBy, word)) throw malformed("/act is no act");
  const checks: Readonly<Record<string, Check>> = { ...common, ...statedBy[word as AgreementActWord] };
  for (const [name, check] of Object.entries(checks)) {
    if (!Object.hasOwn(payload, name) || !check(payload[name]))
      throw malformed(`/${name} is not what it must be`);
  }
  const more = Object.keys(payload).find((name) => name !== "act" && !Object.hasOwn(checks, name));
  if (more !== undefined) throw malformed("it has a member that this act has not");
  const act = payload as unknown as AgreementAct;
  if ("document" in act && termsDigest(act.document) !== act.terms)
    throw malformed("/terms is not the digest of /document");
  return act;
}

/** SHA-256 (base64url) of an agreement's document in canonical form. */
export function termsDigest(terms: TermsDocument): string {
  return sha256Base64Url(canonicalJson(terms));
}

/** It is shown to people: no controls, nothing that turns text around. */
function isShownText(value: unknown, most: number): boolean {
  return (
    typeof value === "string" &&
    value.trim() !== "" &&
    value.length <= most &&
    value.isWellFormed() &&
    !/[\p{C}\u2028\u2029]/u.test(value)
  );
}

function isByLaw(value: unknown): boolean {
  if (!isObject(value) || Object.keys(value).sort().join(" ") !== "provision withinDays") return false;
  const { provision, withinDays } = value;
  return (
    isShownText(provision, 300) &&
    Number.isSafeInteger(withinDays) &&
    (withinDays as number) >= 1 &&
    (withinDays as number) <= 366
  );
}

function isAnswers(value: unknown): boolean {
  if (!isObject(value) || Object.keys(value).sort().join(" ") !== "answers questionnaire version")
    return false;
  const { answers, questionnaire, version } = value;
  return (
    attribute(questionnaire) &&
    Number.isSafeInteger(version) &&
    isObject(answers) &&
    canonicalJson(answers as Json).length <= mostAnswersBytes
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function malformed(detail: string): SealwayError {
  return new SealwayError("malformed_statement", `act on an agreement: ${detail}`);
}
