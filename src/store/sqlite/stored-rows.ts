import { uuidOfHex } from "../../core/uuid.ts";
import type {
  IndexableRecord,
  SealableRecord,
  StoredCertificate,
  StoredHead,
  StoredOcsp,
  StoredRecord,
} from "../../messagelog/message-store.ts";
import { directions, exchangeIdText, numberOf, roles, types, writerOf } from "./columns.ts";
import type { Database } from "./database.ts";

/** The columns that make a record. */
export const recordColumns =
  "key, exchange_id, time, direction, type, role, certificate, ocsp, member, key_id, chain, signature, exchange, head, head_sha256, tags, body_key_id, body, body_file";
// biome-ignore format: the types of the columns, in order
export type RecordRow = [number, Buffer, number, number, number, number, number, number, string, Buffer, Buffer, Buffer, Buffer, Buffer, Buffer, Buffer, Buffer, Buffer, string];

/*
 * Of every record the next two are read, bytes as texts: a Buffer that the driver makes has memory of its own, and costs
 * three times as much as a short text that is read back (measured, of 32 bytes: 0.65 µs instead of 0.19).
 */

/** The columns that the search index takes: every one that is left out saves it time, and large ones most. */
export const indexableColumns =
  "key, hex(exchange_id), time, type, role, member, CAST(exchange AS TEXT), hex(tags)";
// biome-ignore format: the types of the columns, in order
export type IndexableRow = [number, string, number, number, number, string, string, string];

/** The columns that a batch hashes; two digests and the tags end to end. */
export const sealableColumns =
  "key, CAST(signature AS TEXT), hex(exchange_sha256 || head_sha256 || tags), certificate, ocsp";
// biome-ignore format: the types of the columns, in order
export type SealableRow = [key: number, signature: string, digests: string, certificate: number, ocsp: number];

/** The columns of what opens a head. */
export const headColumns = "exchange_id, direction, role, member, key_id, head, head_sha256";
export type HeadRow = [Buffer, number, number, string, Buffer, Buffer, Buffer];

export function headOf([id, direction, role, member, keyId, bytes, sha256]: HeadRow): Omit<
  StoredHead,
  "writer" | "number"
> {
  return {
    ...{ exchangeId: exchangeIdText(id), direction: directions[direction]!, role: roles[role]!, member },
    head: { keyId, bytes, sha256 },
  };
}

/** Makes records of rows. Certificates, OCSP responses and writers are few: each is read once. */
export class StoredRows {
  readonly #database: Database;
  readonly #certificates = new Map<number, StoredCertificate>();
  readonly #responses = new Map<number, StoredOcsp>();
  readonly #writerIds = new Map<number, string>();

  constructor(database: Database) {
    this.#database = database;
  }

  record(row: RecordRow): StoredRecord {
    const [key, exchangeId, time, direction, type, role, certificate, ocsp, member, keyId, chain] = row;
    return {
      writer: this.#writerId(writerOf(key)),
      number: numberOf(key),
      time,
      exchangeId: exchangeIdText(exchangeId),
      direction: directions[direction]!,
      type: types[type]!,
      role: roles[role]!,
      member,
      certificate: this.certificate(certificate),
      ocsp: this.response(ocsp),
      exchange: row[12],
      signature: row[11].toString("latin1"),
      head: { keyId, bytes: row[13], sha256: row[14] },
      tags: row[15],
      body: row[16].length === 0 ? undefined : { keyId: row[16], bytes: row[17], file: row[18] },
      chain,
    };
  }

  indexable([key, exchangeId, time, type, role, member, exchange, tags]: IndexableRow): IndexableRecord {
    return {
      writer: this.#writerId(writerOf(key)),
      number: numberOf(key),
      ...{ time, exchangeId: uuidOfHex(exchangeId.toLowerCase()), type: types[type]!, role: roles[role]! },
      ...{ member, exchange, tags: Buffer.from(tags, "hex") },
    };
  }

  sealable([, signature, digests, certificate, ocsp]: SealableRow): SealableRecord {
    const bytes = Buffer.from(digests, "hex");
    return {
      signature: Buffer.from(signature, "latin1"),
      exchangeSha256: bytes.subarray(0, 32),
      headSha256: bytes.subarray(32, 64),
      tags: bytes.subarray(64),
      certificate: this.certificate(certificate),
      ocsp: this.response(ocsp),
    };
  }

  certificate(id: number): StoredCertificate {
    return cached(this.#certificates, id, () => {
      const row = this.#database
        .prepare("SELECT sha256, der, issuer FROM certificates WHERE id = ?")
        .get(id) as { sha256: Buffer; der: Buffer; issuer: Buffer };
      return { sha256: row.sha256.toString("base64url"), der: row.der, issuerDer: row.issuer };
    });
  }

  response(id: number): StoredOcsp {
    return cached(this.#responses, id, () => {
      const row = this.#database
        .prepare("SELECT sha256, der, this_update FROM ocsp_responses WHERE id = ?")
        .get(id) as { sha256: Buffer; der: Buffer; this_update: number };
      return { sha256: row.sha256.toString("base64url"), der: row.der, thisUpdate: row.this_update };
    });
  }

  #writerId(ordinal: number): string {
    return cached(this.#writerIds, ordinal, () => {
      return this.#database
        .prepare("SELECT id FROM writers WHERE ordinal = ?")
        .pluck()
        .get(ordinal) as string;
    });
  }
}

const mostCached = 10_000;

function cached<Value>(cache: Map<number, Value>, id: number, load: () => Value): Value {
  const known = cache.get(id);
  if (known !== undefined) return known;
  if (cache.size >= mostCached) cache.clear();
  const value = load();
  cache.set(id, value);
  return value;
}
