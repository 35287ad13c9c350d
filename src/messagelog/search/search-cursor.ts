import { fromBase64Url, sha256Base64Url } from "../../core/bytes.ts";
import { canonicalJson, type Json } from "../../core/canonical-json.ts";
import { SealwayError } from "../../core/errors.ts";
import { isUuidV7 } from "../../core/uuid.ts";
import type { RowOrder } from "./row-source.ts";
import type { SearchQuery } from "./search-query.ts";
import type { RowPosition } from "./search-row.ts";

/*
 * A cursor is the position of the last row that was looked at, bound to its query. Positions mean the same whatever
 * arrives and however the index is built. It opens nothing: who makes one up starts somewhere else in a list that
 * he may read anyway.
 */

/** @returns opaque text, for the same query and order only */
export function serializeCursor(position: RowPosition, query: SearchQuery, order: RowOrder): string {
  const { time, exchangeId, writer, number } = position;
  const json = JSON.stringify([time, exchangeId, writer, number]);
  return Buffer.from(`${fingerprint(json, query, order)}${json}`).toString("base64url");
}

/** @throws SealwayError `bad_request` for a cursor of another query, or none */
export function parseCursor(text: string, query: SearchQuery, order: RowOrder): RowPosition {
  if (text.length > 512) throw unusable();
  const content = (fromBase64Url(text) ?? Buffer.alloc(0)).toString("utf8");
  const json = content.slice(fingerprintLength);
  if (content.slice(0, fingerprintLength) !== fingerprint(json, query, order)) throw unusable();
  const [time, exchangeId, writer, number] = JSON.parse(json) as [unknown, unknown, unknown, unknown];
  const isPosition =
    typeof time === "number" &&
    typeof exchangeId === "string" &&
    isUuidV7(exchangeId) &&
    typeof writer === "string" &&
    typeof number === "number";
  if (!isPosition) throw unusable();
  return { time, exchangeId, writer, number };
}

const fingerprintLength = 16;

/** A person's tags are left out: they change with each new key. */
function fingerprint(json: string, { tags, ...query }: SearchQuery, order: RowOrder): string {
  const asked = { ...query, subject: tags !== undefined };
  const given = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
  return sha256Base64Url(`${order}\0${canonicalJson(given as Json)}\0${json}`).slice(0, fingerprintLength);
}

function unusable(): SealwayError {
  return new SealwayError("bad_request", "the cursor belongs to another query, or is none");
}
