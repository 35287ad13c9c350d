import { isUtf8 } from "node:buffer";
import { asBuffer } from "./bytes.ts";
import type { ErrorCode } from "./error-codes.ts";
import { SealwayError } from "./errors.ts";
import { findAmbiguities } from "./json-ambiguities.ts";

/**
 * Parses JSON that others (possibly hostile) sent. It is JSON to us only when every reader must read it the same way:
 * UTF-8 without byte-order mark, no name twice at any depth, no lone surrogate, at most 64 deep (RFC 8259 §4, §8;
 * RFC 7493 §2).
 * @param code what to call bytes that are not
 * @throws SealwayError with that code, without quoting the bytes
 */
export function parseStrictJson(bytes: Uint8Array, code: ErrorCode = "invalid_body"): unknown {
  if (!isUtf8(bytes)) throw new SealwayError(code, "it is not UTF-8");
  const text = asBuffer(bytes).toString("utf8");
  if (text.charCodeAt(0) === 0xfeff) throw new SealwayError(code, "it begins with a byte-order mark");
  const value = parse(text, code);
  findAmbiguities(text, (_, ambiguity) => {
    throw new SealwayError(code, `it has ${told[ambiguity]}`);
  });
  return value;
}

const told = {
  "a name that stands twice": "the same name twice in one object",
  "a lone surrogate": "a lone surrogate",
  "nested deeper than 64": "more than 64 levels",
} as const;

function parse(text: string, code: ErrorCode): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new SealwayError(code, "it is not JSON");
  }
}

/** Whether a text that may be JSON or YAML is read as JSON. */
export function isJsonText(text: string): boolean {
  return /^\s*[[{]/.test(text);
}
