import { canonicalJson, type Json } from "../../core/canonical-json.ts";
import type { Head } from "../../message/head.ts";

/*
 * What of permissions stands in a package: the signed statements, from the first revision to the one by which the answer
 * was permitted, which name nobody; and, where it is disclosed, how the person acted, which does.
 */

/** The header of an answer's head that names the signed statement by which it was permitted, base64url SHA-256. */
const statementHeader = "permission-statement";

export const permissionFolder = "context/permission/";

/** More revisions than these nobody makes: each is an act of a person. */
export const mostRevisions = 100;

/** How a person acted, as the provider kept it: the text that was shown, the ID token, and the key that signed it. */
export interface PermissionActProof {
  readonly text: string;
  /** Null for an act that an officer declared. */
  readonly token: string | null;
  /** A public key as a JWK (RFC 7517). */
  readonly key: { readonly [name: string]: Json } | null;
}

/** @param digest of the statement, base64url */
export function statementPath(digest: string): string {
  return `${permissionFolder}${hex(digest)}.jws`;
}

export function actPath(digest: string): string {
  return `${permissionFolder}${hex(digest)}.act.json`;
}

export function serializeActProof({ text, token, key }: PermissionActProof): Buffer {
  return Buffer.from(canonicalJson({ key, text, token } as Json));
}

/** The digest of the statement that an answer names; undefined when it names none, or none that could be one. */
export function namedStatement({ headers }: Pick<Head, "headers">): string | undefined {
  const found = headers.filter(([name]) => name.toLowerCase() === statementHeader);
  const [, digest] = found.length === 1 ? found[0]! : [];
  return digest !== undefined && /^[A-Za-z0-9_-]{43}$/.test(digest) ? digest : undefined;
}

function hex(digest: string): string {
  return Buffer.from(digest, "base64url").toString("hex");
}
