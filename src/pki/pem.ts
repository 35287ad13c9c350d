import { fromBase64 } from "../core/bytes.ts";
import { DerError } from "./der.ts";

/*
 * Textual encodings (RFC 7468) of files that an operator provides.
 */

const block = /^-----BEGIN ([A-Z0-9 ]+)-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END \1-----\r?$/gm;

/**
 * The bytes of every block with this label, in order; text around and blocks of other labels are passed over.
 * @throws DerError when there is none, or its base64 is malformed
 */
export function parsePem(text: string, label: string): Buffer[] {
  const found: Buffer[] = [];
  for (const [, name, lines] of text.matchAll(block)) {
    if (name !== label) continue;
    const bytes = fromBase64(lines!.replace(/[\r\n]/g, ""));
    if (bytes === undefined) throw new DerError(`PEM ${label}`, "malformed base64");
    found.push(bytes);
  }
  if (found.length === 0) throw new DerError(`PEM ${label}`, "no such block");
  return found;
}

/** One block of PEM with a line end after it. */
export function writePem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
