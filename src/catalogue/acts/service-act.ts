import { SealwayError } from "../../core/errors.ts";
import { isInOneSpelling, parseServiceId, type ServiceId } from "../../core/ids.ts";

/** What may be done to a version of a service. */
export type ActWord = keyof typeof statedBy;

/** What every act states; times are milliseconds since the epoch. */
interface Stated<Word extends ActWord> {
  readonly word: Word;
  readonly instance: string;
  readonly time: number;
  readonly service: ServiceId;
  readonly version: string;
  /** SHA-256 (base64url) of the description. */
  readonly description: string;
  /** SHA-256 (base64url) of the act before it on this service; null for the first. */
  readonly previous: string | null;
}

export type ServiceAct =
  | Stated<"publish">
  | (Stated<"deprecate"> & { readonly sunset: number })
  | (Stated<"suspend"> & { readonly reason: string })
  | (Stated<"resume"> & { readonly reason: string })
  /** How many agreements on the version are in force, as the provider's server counts those that it holds. */
  | (Stated<"archive"> & { readonly liveAgreements: number })
  /** JSON pointers (RFC 6901) of fields of answers in which `*` stands for every element of an array. */
  | (Stated<"narrow"> & { readonly fields: readonly string[]; readonly reason: string })
  | (Stated<"observe"> & { readonly until: number; readonly reason: string });

const mostReason = 500;
const mostFields = 200;
const mostPointer = 500;
/** The end of the year 9999: what every calendar can show, which is less than what a number can hold. */
const lastTime = Date.UTC(10_000, 0) - 1;

const common = {
  description: isDigest,
  instance: isShortText,
  previous: (value: unknown) => value === null || isDigest(value),
  service: (value: unknown) => typeof value === "string" && isInOneSpelling(value, parseServiceId),
  time: isTime,
  version: (value: unknown) => typeof value === "string" && /^\d{1,9}(?:\.\d{1,9}){2}$/.test(value),
} as const;

type Check = (value: unknown) => boolean;

const reason: Check = (value) => isShortText(value) && value.length <= mostReason;

/** What each act states beside that. */
const statedBy = {
  publish: {},
  deprecate: { sunset: isTime },
  suspend: { reason },
  resume: { reason },
  archive: { liveAgreements: isCount },
  narrow: { fields: isFields, reason },
  observe: { until: isTime, reason },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Check>>>>;

export const actWords = Object.keys(statedBy) as readonly ActWord[];

/** Officers of the provider's server who must have signed the same, beside the seal. */
export const officersNeeded: Readonly<Partial<Record<ActWord, number>>> = { observe: 2 };

export function isActWord(word: string): word is ActWord {
  return Object.hasOwn(statedBy, word);
}

/**
 * Reads what an act states; anybody may have written it.
 * @throws SealwayError `malformed_statement` naming the member
 */
export function parseServiceAct(word: ActWord, payload: Readonly<Record<string, unknown>>): ServiceAct {
  const checks: Readonly<Record<string, Check>> = { ...common, ...statedBy[word] };
  for (const [name, check] of Object.entries(checks)) {
    if (!Object.hasOwn(payload, name) || !check(payload[name]))
      throw malformed(`/${name} is not what it must be`);
  }
  const more = Object.keys(payload).find((name) => !Object.hasOwn(checks, name));
  if (more !== undefined) throw malformed("it has a member that this act has not");
  return { word, ...payload } as unknown as ServiceAct;
}

/** An act as it is signed: `word` stands in the type of the statement. */
export function payloadOf({ word: _, ...payload }: ServiceAct): Omit<ServiceAct, "word"> {
  return payload;
}

function isDigest(value: unknown): boolean {
  return typeof value === "string" && /^[A-Za-z0-9_-]{43}$/.test(value);
}

function isTime(value: unknown): boolean {
  return isCount(value) && (value as number) <= lastTime;
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** It is shown to people: no controls, nothing that turns text around. */
function isShortText(value: unknown): value is string {
  return (
    typeof value === "string" &&
    value.trim() !== "" &&
    value.length <= 1024 &&
    !/[\p{C}\u2028\u2029]/u.test(value)
  );
}

function isFields(value: unknown): boolean {
  const isPointer = (one: unknown) =>
    typeof one === "string" && one.length <= mostPointer && /^(?:\/(?:[^~/\p{C}]|~[01])+)+$/u.test(one);
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.length <= mostFields &&
    value.every(isPointer) &&
    new Set(value).size === value.length
  );
}

function malformed(detail: string): SealwayError {
  return new SealwayError("malformed_statement", `act on a service: ${detail}`);
}
