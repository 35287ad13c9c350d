import { SealwayError } from "../core/errors.ts";
import type { StatementPayload } from "./signed-statement.ts";

/** What a statement of the own log states, as JSON text: without certificate and signature it is a third as long. */
export function keptText(bytes: Buffer): string {
  const begin = bytes.indexOf(".") + 1;
  return Buffer.from(bytes.toString("latin1", begin, bytes.indexOf(".", begin)), "base64url").toString(
    "utf8",
  );
}

/** Reads what `keptText` has made. @throws SealwayError `malformed_statement` */
export function readKeptText(text: string): StatementPayload {
  try {
    return JSON.parse(text) as StatementPayload;
  } catch (cause) {
    throw new SealwayError("malformed_statement", "statement: what was kept is no JSON", { cause });
  }
}
