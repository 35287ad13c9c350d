import { isActWord, parseServiceAct, type ServiceAct } from "../../catalogue/acts/service-act.ts";
import { fromBase64, sha256Base64Url } from "../../core/bytes.ts";
import { SealwayError } from "../../core/errors.ts";
import { parseStrictJson } from "../../core/strict-json.ts";
import { mostActBytes, parseSignedAct, type SignedAct } from "../../message/service-act-record.ts";
import { serviceMaxLength } from "../../trust/configuration-parts.ts";

/** Longest request, bytes: an act, a description in base64, and what stands around them. */
export const mostSubmissionBytes = mostActBytes + Math.ceil((serviceMaxLength * 4) / 3) + 4096;

/** An act as it was sent, its signatures verified. */
export interface Submission {
  readonly signed: SignedAct;
  readonly act: ServiceAct;
  /** What it publishes; undefined for other acts. */
  readonly description: Buffer | undefined;
}

/**
 * Reads what anybody may have sent: `{"act": "…", "description": "base64"}`, the description for `publish` only.
 * @throws SealwayError `malformed_statement`, `invalid_signature`, `digest_mismatch`
 */
export function parseSubmission(bytes: Buffer): Submission {
  const sent = parseStrictJson(bytes, "malformed_statement");
  if (typeof sent !== "object" || sent === null) throw malformed("it is no object");
  const { act: text, description, ...more } = sent as Readonly<Record<string, unknown>>;
  if (typeof text !== "string" || Object.keys(more).length > 0)
    throw malformed("it is not act and description");
  const signed = parseSignedAct(Buffer.from(text, "latin1"));
  if (!isActWord(signed.word)) throw malformed("there is no such act");
  const act = parseServiceAct(signed.word, signed.payload);
  if (act.word !== "publish") {
    if (description !== undefined) throw malformed("only publish brings a description");
    return { signed, act, description: undefined };
  }
  const document = typeof description === "string" ? fromBase64(description) : undefined;
  if (document === undefined) throw malformed("its description is not base64");
  if (document.length > serviceMaxLength)
    throw malformed(`its description has more than ${serviceMaxLength} bytes`);
  if (sha256Base64Url(document) !== act.description)
    throw new SealwayError("digest_mismatch", "the description is not the one that was signed");
  return { signed, act, description: document };
}

function malformed(detail: string): SealwayError {
  return new SealwayError("malformed_statement", `act on a service: ${detail}`);
}
