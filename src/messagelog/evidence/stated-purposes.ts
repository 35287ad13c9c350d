import { sha256Base64Url } from "../../core/bytes.ts";
import { canonicalJson, type Json } from "../../core/canonical-json.ts";
import { parseStrictJson } from "../../core/strict-json.ts";

const known = new WeakMap<Buffer, ReadonlyMap<string, string>>();

/**
 * The purposes that a service description states: their ids by the digest by which messages refer to them, base64url
 * SHA-256 of the purpose's canonical JSON (RFC 8785).
 * @param description its digest was checked; none are stated by what is no description
 */
export function statedPurposes(description: Buffer): ReadonlyMap<string, string> {
  const before = known.get(description);
  if (before !== undefined) return before;
  const stated = readPurposes(description);
  known.set(description, stated);
  return stated;
}

function readPurposes(description: Buffer): ReadonlyMap<string, string> {
  try {
    const { purposes } = Object(parseStrictJson(description, "bad_request")) as { readonly purposes?: Json };
    return new Map((Array.isArray(purposes) ? purposes : []).flatMap(digested));
  } catch {
    return new Map();
  }
}

function digested(purpose: Json): readonly (readonly [sha256: string, id: string])[] {
  const { id } = Object(purpose) as { readonly id?: unknown };
  if (typeof id !== "string") return [];
  return [[sha256Base64Url(Buffer.from(canonicalJson(purpose), "utf8")), id]];
}
