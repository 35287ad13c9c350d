import type { ErrorCode } from "../core/error-codes.ts";
import { SealwayError } from "../core/errors.ts";
import { parseStrictJson } from "../core/strict-json.ts";
import type { HeaderLine } from "../message/head.ts";
import type { Body } from "./body.ts";

const jsonType = /^application\/(?:[A-Za-z0-9.+-]+\+)?json(?:\s*;\s*charset=utf-8)?$/i;

/**
 * Reads the body of a `json` endpoint; undefined when there is none.
 * @param headers that came with it: whoever reads the body next must find no other meaning in them
 * @param code what to call a body that is none: the consumer's fault in requests, the provider's in answers
 * @throws SealwayError with that code
 */
export async function parseJsonBody(
  body: Body | null,
  headers: readonly HeaderLine[],
  code: ErrorCode,
): Promise<unknown> {
  if (body === null) return undefined;
  const [contentType, otherType] = valuesOf(headers, "content-type");
  if (contentType === undefined || otherType !== undefined || !jsonType.test(contentType.trim())) {
    throw new SealwayError(code, "a body of this service has the media type application/json in UTF-8");
  }
  const encodings = valuesOf(headers, "content-encoding");
  if (encodings.some((encoding) => encoding.trim().toLowerCase() !== "identity")) {
    throw new SealwayError(code, "a body of this service is not encoded: no Content-Encoding but identity");
  }
  try {
    return parseStrictJson(await bytesOf(body));
  } catch (error) {
    throw error instanceof SealwayError ? new SealwayError(code, error.detail) : error;
  }
}

function valuesOf(headers: readonly HeaderLine[], wanted: string): string[] {
  return headers.filter(([name]) => name.toLowerCase() === wanted).map(([, value]) => value);
}

/** The whole body in memory; only for bodies that a description bounds. */
export async function bytesOf(body: Body): Promise<Buffer> {
  if (body.bytes !== undefined) return body.bytes;
  const chunks: Buffer[] = [];
  for await (const chunk of body.stream()) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
