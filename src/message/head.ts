import { asBuffer, fromBase64, fromBase64Url, toBase64Url } from "../core/bytes.ts";
import { SealwayError } from "../core/errors.ts";
import { type Openings, parseOpenings, serializeOpenings } from "./openings.ts";

/** A header as it stood on the wire: original case, latin1 text of the raw bytes. */
export type HeaderLine = readonly [name: string, value: string];

/** What binds the body: SHA-512 in requests (shared with X-Road-Request-Hash), SHA-256 in responses. */
export interface BodyBinding {
  readonly digest: Buffer;
  readonly length: number;
}

export interface RequestStart {
  readonly kind: "request";
  readonly method: string;
  /** Raw path and query. */
  readonly target: string;
}

export interface ResponseStart {
  readonly kind: "response";
  readonly status: number;
  readonly reason: string;
}

/**
 * The head of a message: request or status line and headers in X-Road's canonical bytes, then our lines. It is
 * encrypted at rest and erased with its key; the nonce keeps its digest from being guessed back.
 */
export interface Head {
  readonly start: RequestStart | ResponseStart;
  readonly headers: readonly HeaderLine[];
  /** Null when there is no body, or an empty one. */
  readonly body: BodyBinding | null;
  /** When the data was last true at its source (RFC 3339, in UTC with "Z"), or null. */
  readonly asOf: string | null;
  readonly openings: Openings;
  /** 16 random bytes. */
  readonly nonce: Buffer;
}

/** Largest head that is accepted or made, bytes. */
export const maxHeadBytes = 32_768;

const digestName = { request: "sha-512", response: "sha-256" } as const;
const digestLength = { request: 64, response: 32 } as const;

const fieldName = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const fieldValue = /^(?:[!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?)?$/;
const requestTarget = /^\/[!-~]*$/;
const method = /^(?:DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT|TRACE)$/;
const reasonPhrase = /^[\t -~\x80-\xff]*$/;
const dateTime = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?Z$/;

/**
 * X-Road's canonical bytes (xroad REST protocol; vectors in `schemas/exchange/v1/vectors`): start line in two
 * parts, then `name:value`, each ended by CRLF. X-Road-Request-Hash is computed over these.
 */
export function canonicalBytes(start: RequestStart | ResponseStart, headers: readonly HeaderLine[]): string {
  let text =
    start.kind === "request"
      ? `${start.method}\r\n${start.target}\r\n`
      : `${start.status}\r\n${start.reason}\r\n`;
  for (const [name, value] of headers) text += `${name}:${value}\r\n`;
  return text;
}

/**
 * The bytes that are signed.
 * @throws SealwayError `headers_too_large`; `invalid_response` for a reason phrase that HTTP does not have and HTTP
 *   parsers let pass
 */
export function serializeHead(head: Head): Buffer {
  if (head.start.kind === "response" && !reasonPhrase.test(head.start.reason))
    throw new SealwayError("invalid_response", "the reason phrase has characters that HTTP does not have");
  const bytes = Buffer.from(canonicalBytes(head.start, head.headers) + ownLines(head), "latin1");
  if (bytes.length > maxHeadBytes)
    throw new SealwayError("headers_too_large", "the head is larger than 32 KiB");
  return bytes;
}

function ownLines(head: Head): string {
  const name = digestName[head.start.kind];
  let text = "";
  if (head.body !== null) {
    text += `sealway-content-digest:${name}=:${head.body.digest.toString("base64")}:\r\n`;
    text += `sealway-content-length:${head.body.length}\r\n`;
  }
  if (head.asOf !== null) text += `sealway-as-of:${head.asOf}\r\n`;
  const openings = serializeOpenings(head.openings);
  if (openings !== "") text += `sealway-openings:${openings}\r\n`;
  return `${text}sealway-nonce:${toBase64Url(head.nonce)}\r\n`;
}

/**
 * Reads a head that a peer (possibly hostile) sent. What it returns serialises to the same bytes: there is one
 * reading of a head, and no line that only some readers see.
 * @throws SealwayError `malformed_message`
 */
export function parseHead(bytes: Uint8Array): Head {
  if (bytes.length > maxHeadBytes) throw malformed("it is larger than 32 KiB");
  const text = asBuffer(bytes).toString("latin1");
  const lines = text.split("\r\n");
  if (lines.pop() !== "" || lines.length < 3)
    throw malformed("it does not end with CRLF or has too few lines");
  const start = parseStart(lines[0] as string, lines[1] as string);
  const firstOwn = lines.findIndex((line, i) => i >= 2 && /^sealway-/i.test(line));
  if (firstOwn < 0) throw malformed("it has no nonce");
  const headers = lines.slice(2, firstOwn).map(parseHeaderLine);
  const head = { start, headers, ...parseOwnLines(lines.slice(firstOwn), start.kind) };
  if (serializeHead(head).equals(bytes)) return head;
  throw malformed("it is not in canonical form");
}

function parseStart(first: string, second: string): RequestStart | ResponseStart {
  if (/^[1-9][0-9]{2}$/.test(first) && reasonPhrase.test(second)) {
    return { kind: "response", status: Number(first), reason: second };
  }
  if (method.test(first) && requestTarget.test(second))
    return { kind: "request", method: first, target: second };
  throw malformed("its start line is no request line and no status line");
}

function parseHeaderLine(line: string): HeaderLine {
  const colon = line.indexOf(":");
  const name = line.slice(0, colon);
  const value = line.slice(colon + 1);
  if (colon < 1 || !fieldName.test(name) || !fieldValue.test(value))
    throw malformed("a header line breaks the grammar");
  return [name, value];
}

function parseOwnLines(
  lines: readonly string[],
  kind: "request" | "response",
): Omit<Head, "start" | "headers"> {
  const own = new Map(lines.map(parseHeaderLine));
  const digest = own.get("sealway-content-digest");
  const length = own.get("sealway-content-length");
  const nonce = fromBase64Url(own.get("sealway-nonce") ?? "");
  if (nonce?.length !== 16) throw malformed("its nonce is not 16 bytes");
  const asOf = own.get("sealway-as-of") ?? null;
  if (asOf !== null && !dateTime.test(asOf)) throw malformed("its sealway-as-of is no time in UTC");
  return {
    body: digest === undefined || length === undefined ? null : parseBinding(digest, length, kind),
    asOf,
    openings: parseOpenings(own.get("sealway-openings") ?? ""),
    nonce,
  };
}

function parseBinding(text: string, length: string, kind: "request" | "response"): BodyBinding {
  const prefix = `${digestName[kind]}=:`;
  const digest =
    text.startsWith(prefix) && text.endsWith(":") ? fromBase64(text.slice(prefix.length, -1)) : undefined;
  if (digest?.length !== digestLength[kind] || !/^[1-9][0-9]{0,14}$/.test(length)) {
    throw malformed("its content digest or length breaks the grammar");
  }
  return { digest, length: Number(length) };
}

function malformed(detail: string): SealwayError {
  return new SealwayError("malformed_message", `head: ${detail}`);
}
