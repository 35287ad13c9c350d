import type { Batch, RecordSeal, RefreshedOcsp, Span } from "../../messagelog/message-store.ts";
import type { Connection } from "./database.ts";
import { holdsSealing } from "./locks.ts";

/**
 * Writes a batch in a transaction of its own, in which this session holds the lock of sealing and the batch follows the
 * last one: a node that was cut off and does not know writes nothing.
 * @returns false when it is not so
 */
export async function writeBatch(connection: Connection, batch: Batch): Promise<boolean> {
  return connection.transaction(async () => {
    const { number, through, genTime, authority, root, token, leaves, upper } = batch;
    const written = await connection.execute(
      `INSERT INTO batches (number, documents, tips, gen_time, authority, root, token, leaves, upper)
       SELECT $1, $2::bigint, $3::bigint, $4::bigint, $5::text, $6::bytea, $7::bytea, $8::bytea, $9::bytea
       WHERE ${holdsSealing} AND $1::integer = (SELECT coalesce(max(number), 0) + 1 FROM batches)
       ON CONFLICT DO NOTHING`,
      [number, through.documents, through.tips, genTime, authority, root, token, leaves, upper],
    );
    if (written !== 1) return false;
    await writeSpans(connection, batch);
    await writeRefreshed(connection, batch);
    return true;
  });
}

async function writeSpans(connection: Connection, { number, spans }: Batch): Promise<void> {
  await connection.execute(
    `INSERT INTO batch_spans (writer, first, last, batch, position)
     SELECT writers.ordinal, s.first, s.last, $4, s.position
     FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) WITH ORDINALITY AS s (id, first, last, position)
     JOIN writers ON writers.id = s.id`,
    [
      spans.map(({ writer }) => writer),
      spans.map(({ first }) => first),
      spans.map(({ last }) => last),
      number,
    ],
  );
}

async function writeRefreshed(connection: Connection, { number, refreshed }: Batch): Promise<void> {
  if (refreshed.length === 0) return;
  await connection.execute(
    `INSERT INTO batch_ocsp (batch, certificate, ocsp, extra)
     SELECT $4, c.id, o.id, e.id
     FROM unnest($1::bytea[], $2::bytea[], $3::bytea[]) AS r (certificate, ocsp, extra)
     JOIN certificates c ON c.sha256 = r.certificate
     JOIN ocsp_responses o ON o.sha256 = r.ocsp JOIN ocsp_responses e ON e.sha256 = r.extra`,
    [
      refreshed.map(({ certificate }) => Buffer.from(certificate, "base64url")),
      refreshed.map(({ ocsp }) => Buffer.from(ocsp, "base64url")),
      refreshed.map(({ extra }) => Buffer.from(extra, "base64url")),
      number,
    ],
  );
}

export async function readBatch(connection: Connection, number: number): Promise<Batch | undefined> {
  const [row] = await connection.query<BatchRow>("SELECT * FROM batches WHERE number = $1", [number]);
  if (row === undefined) return undefined;
  const spans = await connection.query<Span>(
    `SELECT writers.id AS writer, first, last FROM batch_spans JOIN writers ON writers.ordinal = batch_spans.writer
     WHERE batch = $1 ORDER BY position`,
    [number],
  );
  const refreshed = await connection.query<Record<keyof RefreshedOcsp, Buffer>>(
    `SELECT c.sha256 AS certificate, o.sha256 AS ocsp, e.sha256 AS extra
     FROM batch_ocsp b JOIN certificates c ON c.id = b.certificate
     JOIN ocsp_responses o ON o.id = b.ocsp JOIN ocsp_responses e ON e.id = b.extra WHERE b.batch = $1`,
    [number],
  );
  return {
    number,
    root: row.root,
    spans,
    through: { documents: row.documents, tips: row.tips },
    refreshed: refreshed.map(({ certificate, ocsp, extra }) => ({
      certificate: certificate.toString("base64url"),
      ocsp: ocsp.toString("base64url"),
      extra: extra.toString("base64url"),
    })),
    leaves: row.leaves,
    upper: row.upper,
    token: row.token,
    genTime: row.gen_time,
    authority: row.authority,
  };
}

/** Which batch covers a record: reads nothing of what is large in it. */
export async function readSeal(
  connection: Connection,
  writer: string,
  number: number,
): Promise<RecordSeal | undefined> {
  const [row] = await connection.query<Omit<RecordSeal, "span"> & Omit<Span, "writer">>(
    `SELECT batch, gen_time AS time, first, last FROM batch_spans JOIN batches ON batches.number = batch
     WHERE writer = (SELECT ordinal FROM writers WHERE id = $1) AND first <= $2 ORDER BY first DESC LIMIT 1`,
    [writer, number],
  );
  if (row === undefined || row.last < number) return undefined;
  const { batch, time, first, last } = row;
  return { batch, time, span: { writer, first, last } };
}

interface BatchRow {
  readonly documents: number;
  readonly tips: number;
  readonly gen_time: number;
  readonly authority: string;
  readonly root: Buffer;
  readonly token: Buffer;
  readonly leaves: Buffer;
  readonly upper: Buffer;
}
