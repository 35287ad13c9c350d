import type { ErrorCode } from "../core/error-codes.ts";
import { SealwayError } from "../core/errors.ts";
import { parseStrictJson } from "../core/strict-json.ts";
import type { Body } from "./body.ts";

const jsonType = /^application\/(?:[A-Za-z0-9.+-]+\+)?json(?:\s*;\s*charset=utf-8)?$/i;

/**
 * Reads the body of a `json` endpoint; undefined when there is none.
 * @param code what to call a body that is none: the consumer's fault in requests, the provider's in answers
 * @throws SealwayError with that code
 */
export async function parseJsonBody(
  body: Body | null,
  contentType: string | null,
  code: ErrorCode,
): Promise<unknown> {
  if (body === null) return undefined;
  if (contentType === null || !jsonType.test(contentType.trim())) {
    throw new SealwayError(code, "a body of this service has the media type application/json in UTF-8");
  }
  try {
    return parseStrictJson(await bytesOf(body));
  } catch (error) {
    throw error instanceof SealwayError ? new SealwayError(code, error.detail) : error;
  }
}

/** The whole body in memory; only for bodies that a description bounds. */
export async function bytesOf(body: Body): Promise<Buffer> {
  if (body.bytes !== undefined) return body.bytes;
  const chunks: Buffer[] = [];
  for await (const chunk of body.stream()) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
