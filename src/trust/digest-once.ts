import { sha256 } from "../core/bytes.ts";

const digests = new WeakMap<Buffer, { readonly hex: string; readonly base64Url: string }>();

/**
 * SHA-256 of bytes that nobody changes, computed once for as long as they are held: from one version of a configuration to
 * the next nearly all of its thousands of documents are the same objects.
 */
export function digestOnce(bytes: Buffer): { readonly hex: string; readonly base64Url: string } {
  const known = digests.get(bytes);
  if (known !== undefined) return known;
  const digest = sha256(bytes);
  const both = { hex: digest.toString("hex"), base64Url: digest.toString("base64url") };
  digests.set(bytes, both);
  return both;
}
