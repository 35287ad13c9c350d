import type {
  SealableRecord,
  StoredCertificate,
  StoredHead,
  StoredOcsp,
  StoredRecord,
} from "../../messagelog/message-store.ts";
import type { Connection } from "./database.ts";

/** The columns that make a record, `r` being `records` and `w` its writer. */
export const recordColumns = `w.id AS writer, r.number, r.time, r.exchange_id, r.direction, r.type, r.role, r.certificate,
  r.ocsp, r.member, r.key_id, r.chain, r.signature, r.exchange, r.head, r.head_sha256, r.tags, r.body_key_id, r.body,
  r.body_file`;

export interface RecordRow {
  readonly writer: string;
  readonly number: number;
  readonly time: number;
  readonly exchange_id: string;
  readonly direction: StoredRecord["direction"];
  readonly type: StoredRecord["type"];
  readonly role: StoredRecord["role"];
  readonly certificate: number;
  readonly ocsp: number;
  readonly member: string;
  readonly key_id: Buffer;
  readonly chain: Buffer;
  readonly signature: Buffer;
  readonly exchange: Buffer;
  readonly head: Buffer;
  readonly head_sha256: Buffer;
  readonly tags: Buffer;
  readonly body_key_id: Buffer;
  readonly body: Buffer;
  readonly body_file: string;
}

/** The columns that the search index takes. */
export const indexableColumns =
  "w.id AS writer, r.number, r.time, r.exchange_id, r.type, r.role, r.member, r.exchange, r.tags";
export type IndexableRow = Pick<
  RecordRow,
  "writer" | "number" | "time" | "exchange_id" | "type" | "role" | "member" | "exchange" | "tags"
>;

export interface SealableRow {
  readonly number: number;
  readonly signature: Buffer;
  readonly exchange_sha256: Buffer;
  readonly head_sha256: Buffer;
  readonly certificate: number;
  readonly ocsp: number;
  readonly tags: Buffer;
}

/** The columns of what opens a head. */
export const headColumns = "exchange_id, direction, role, member, key_id, head, head_sha256";

export type HeadRow = Pick<
  RecordRow,
  "writer" | "number" | "exchange_id" | "direction" | "role" | "member" | "key_id" | "head" | "head_sha256"
>;

export function headOf(row: HeadRow): StoredHead {
  const { writer, number, exchange_id: exchangeId, direction, role, member } = row;
  const head = { keyId: row.key_id, bytes: row.head, sha256: row.head_sha256 };
  return { writer, number, exchangeId, direction, role, member, head };
}

/** Makes records of rows. Certificates and OCSP responses are few: each is read once. */
export class StoredRows {
  readonly #certificates = new Map<number, StoredCertificate>();
  readonly #responses = new Map<number, StoredOcsp>();

  async records(connection: Connection, rows: readonly RecordRow[]): Promise<StoredRecord[]> {
    await this.#load(connection, rows);
    return rows.map((row) => ({
      writer: row.writer,
      number: row.number,
      time: row.time,
      exchangeId: row.exchange_id,
      direction: row.direction,
      type: row.type,
      role: row.role,
      member: row.member,
      certificate: this.#certificates.get(row.certificate)!,
      ocsp: this.#responses.get(row.ocsp)!,
      exchange: row.exchange,
      signature: row.signature.toString("latin1"),
      head: { keyId: row.key_id, bytes: row.head, sha256: row.head_sha256 },
      body:
        row.body_key_id.length === 0
          ? undefined
          : { keyId: row.body_key_id, bytes: row.body, file: row.body_file },
      tags: row.tags,
      chain: row.chain,
    }));
  }

  async sealable(connection: Connection, rows: readonly SealableRow[]): Promise<SealableRecord[]> {
    await this.#load(connection, rows);
    return rows.map((row) => ({
      signature: row.signature,
      exchangeSha256: row.exchange_sha256,
      headSha256: row.head_sha256,
      certificate: this.#certificates.get(row.certificate)!,
      ocsp: this.#responses.get(row.ocsp)!,
      tags: row.tags,
    }));
  }

  async response(connection: Connection, sha256: string): Promise<StoredOcsp | undefined> {
    const [row] = await connection.query<OcspRow>(
      "SELECT id, sha256, der, this_update FROM ocsp_responses WHERE sha256 = $1",
      [Buffer.from(sha256, "base64url")],
    );
    return row && ocspOf(row);
  }

  /** Reads what these rows name and is not known yet. */
  async #load(
    connection: Connection,
    rows: readonly { readonly certificate: number; readonly ocsp: number }[],
  ): Promise<void> {
    for (const known of [this.#certificates, this.#responses]) if (known.size > mostCached) known.clear();
    const certificates = missing(
      rows.map(({ certificate }) => certificate),
      this.#certificates,
    );
    if (certificates.length > 0) {
      const found = await connection.query<CertificateRow>(
        "SELECT id, sha256, der, issuer FROM certificates WHERE id = ANY ($1::integer[])",
        [certificates],
      );
      for (const { id, sha256, der, issuer } of found) {
        this.#certificates.set(id, { sha256: sha256.toString("base64url"), der, issuerDer: issuer });
      }
    }
    const responses = missing(
      rows.map(({ ocsp }) => ocsp),
      this.#responses,
    );
    if (responses.length > 0) {
      const found = await connection.query<OcspRow>(
        "SELECT id, sha256, der, this_update FROM ocsp_responses WHERE id = ANY ($1::integer[])",
        [responses],
      );
      for (const row of found) this.#responses.set(row.id, ocspOf(row));
    }
  }
}

const mostCached = 10_000;

interface CertificateRow {
  readonly id: number;
  readonly sha256: Buffer;
  readonly der: Buffer;
  readonly issuer: Buffer;
}

interface OcspRow {
  readonly id: number;
  readonly sha256: Buffer;
  readonly der: Buffer;
  readonly this_update: number;
}

function missing(ids: readonly number[], known: ReadonlyMap<number, unknown>): number[] {
  return [...new Set(ids)].filter((id) => !known.has(id));
}

function ocspOf({ sha256, der, this_update }: OcspRow): StoredOcsp {
  return { sha256: sha256.toString("base64url"), der, thisUpdate: this_update };
}
