/** A reference in the canonical JSON of an exchange document. */
const reference = /"sha256":"([\w-]{43})"/g;

/** The documents to which a record refers: base64url SHA-256 each. @param exchange canonical bytes */
export function referredDigests(exchange: Buffer): string[] {
  return [...exchange.toString("latin1").matchAll(reference)].map(([, digest]) => digest!);
}
