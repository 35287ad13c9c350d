import { fromBase64Url, toBase64Url } from "../core/bytes.ts";
import { canonicalJson } from "../core/canonical-json.ts";
import { SealwayError } from "../core/errors.ts";
import { type Opening, opens } from "./commitment.ts";
import type { ExchangeDocument } from "./exchange-document.ts";

/** The openings of one message's commitments, in the order of the commitments. */
export interface Openings {
  readonly subjects: readonly Opening[];
  readonly user: Opening | null;
  readonly caseReference: Opening | null;
  readonly permission: Opening | null;
  /** The reason of emergency access; missing without one. */
  readonly emergency?: Opening;
}

export const noOpenings: Openings = { subjects: [], user: null, caseReference: null, permission: null };

const members = ["caseReference", "emergency", "permission", "subjects", "user"] as const;

/** Longest value that a commitment may hide, UTF-16 code units. */
const maxValueLength = 1024;

/**
 * base64url of the canonical JSON of those that there are; empty when there are none.
 * @throws SealwayError `headers_too_large` for a value that no receiver takes
 */
export function serializeOpenings(openings: Openings): string {
  let text = "";
  // In the order of canonical JSON, that of their names.
  for (const name of members) {
    const value = openings[name];
    if (value == null || (Array.isArray(value) && value.length === 0)) continue;
    const json = Array.isArray(value)
      ? `[${value.map((opening: Opening) => serializeOpening(name, opening)).join(",")}]`
      : serializeOpening(name, value as Opening);
    text += `${text === "" ? "{" : ","}"${name}":${json}`;
  }
  return text === "" ? "" : toBase64Url(Buffer.from(`${text}}`, "utf8"));
}

function serializeOpening(name: string, { nonce, value }: Opening): string {
  if (value.length > maxValueLength)
    throw new SealwayError("headers_too_large", `a ${name} has more than ${maxValueLength} characters`);
  return `{"nonce":${canonicalJson(nonce)},"value":${canonicalJson(value)}}`;
}

/** Reads what a peer sent; that it is canonical is seen when the head is serialised again. @throws SealwayError `malformed_message` */
export function parseOpenings(text: string): Openings {
  if (text === "") return noOpenings;
  const json = fromBase64Url(text)?.toString("utf8");
  const value = json === undefined ? undefined : parseObject(json);
  if (
    value === undefined ||
    Object.keys(value).some((name) => !(members as readonly string[]).includes(name))
  ) {
    throw malformed();
  }
  const subjects = value.subjects ?? [];
  if (!Array.isArray(subjects) || subjects.length > 100) throw malformed();
  return {
    subjects: subjects.map(parseOpening),
    user: optional(value.user),
    caseReference: optional(value.caseReference),
    permission: optional(value.permission),
    ...(value.emergency !== undefined && { emergency: parseOpening(value.emergency) }),
  };
}

/**
 * Checks that the openings reveal the commitments of the signed document, one for one.
 * @throws SealwayError `subject.mismatch` when one does not fit or is missing
 */
export function checkOpenings(openings: Openings, document: ExchangeDocument): void {
  const pairs = [
    [document.user, openings.user],
    [document.caseReference, openings.caseReference],
    [document.permission, openings.permission],
    [document.emergency?.reason ?? null, openings.emergency ?? null],
    ...document.subjects.map((subject, i) => [subject, openings.subjects[i] ?? null] as const),
  ] as const;
  const fits = pairs.every(([commitment, opening]) =>
    commitment === null || opening === null ? commitment === opening : opens(opening, commitment),
  );
  if (!fits || openings.subjects.length !== document.subjects.length) {
    throw new SealwayError("subject.mismatch", "an opening in the head does not fit its commitment");
  }
}

function optional(value: unknown): Opening | null {
  return value === undefined ? null : parseOpening(value);
}

function parseOpening(value: unknown): Opening {
  if (typeof value !== "object" || value === null || Object.keys(value).length !== 2) throw malformed();
  const { nonce, value: text } = value as Record<string, unknown>;
  if (
    typeof nonce !== "string" ||
    typeof text !== "string" ||
    text.length > maxValueLength ||
    !text.isWellFormed()
  )
    throw malformed();
  return { nonce, value: text };
}

function parseObject(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function malformed(): SealwayError {
  return new SealwayError("malformed_message", "head: its openings break the grammar");
}
