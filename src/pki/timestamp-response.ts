import { DerError, type DerNode, parseDer, tags } from "./der.ts";
import { DerFields, readNamedBits, readSequence, readSmallInteger, readText } from "./der-reader.ts";

/** A TimeStampResp (RFC 3161 §2.4.2): the token in DER, not yet judged, or why there is none. */
export type TimestampResponse =
  | { readonly outcome: "granted"; readonly token: Buffer }
  | { readonly outcome: "rejected"; readonly reason: string };

/** Parses a TimeStampResp (attacker-controlled). @throws DerError when it is malformed */
export function parseTimestampResponse(der: Uint8Array): TimestampResponse {
  const path = "TimeStampResp";
  const fields = new DerFields(parseDer(Buffer.from(der), path), path);
  const { status, reason } = readStatus(fields.required(tags.sequence, "status"), `${path}.status`);
  const token = fields.optional(tags.sequence);
  fields.end();
  if (status > 1) return { outcome: "rejected", reason };
  if (token === undefined) throw new DerError(path, "granted, but without a token");
  return { outcome: "granted", token: token.der };
}

function readStatus(node: DerNode, path: string): { status: number; reason: string } {
  const fields = new DerFields(node, path);
  const status = readSmallInteger(fields.any("status"), `${path}.status`);
  const text = fields.optional(tags.sequence);
  const failure = fields.optional(tags.bitString);
  fields.end();
  const lines = text === undefined ? [] : readSequence(text, path).map((line) => readText(line, path));
  const bits = failure === undefined ? [] : [...readNamedBits(failure, `${path}.failInfo`)];
  return {
    status,
    reason: [`status ${status}`, ...bits.map((bit) => `failure ${bit}`), ...lines].join(", "),
  };
}
