import type { Batch, RecordSeal, RefreshedOcsp, Span } from "../../messagelog/message-store.ts";
import type { Database } from "./database.ts";
import type { FrameReader } from "./frame.ts";

/** Writes the batch of a frame inside its transaction. @returns false when it does not follow the last one */
export function writeBatch(database: Database, frame: FrameReader): boolean {
  const batch = JSON.parse(frame.text()) as Omit<Batch, "root" | "token" | "leaves" | "upper">;
  const [root, token, leaves, upper] = [frame.field(), frame.field(), frame.field(), frame.field()];
  if (batch.number !== lastBatchNumber(database) + 1) return false;
  insertBatch(database, { ...batch, root, token, leaves, upper });
  return true;
}

/** Writes a batch; its writers, certificates and responses are there already. */
export function insertBatch(database: Database, batch: Batch): void {
  const { number, through, genTime, authority, root, token, leaves, upper } = batch;
  database
    .prepare("INSERT INTO batches VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
    .run(number, through.documents, through.tips, genTime, authority, root, token, leaves, upper);
  const span = database.prepare("INSERT INTO batch_spans SELECT ordinal, ?, ?, ? FROM writers WHERE id = ?");
  for (const { writer, first, last } of batch.spans) span.run(first, last, number, writer);
  const fresh = database.prepare(
    `INSERT INTO batch_ocsp SELECT ?, c.id, o.id, e.id FROM certificates c, ocsp_responses o, ocsp_responses e
     WHERE c.sha256 = ? AND o.sha256 = ? AND e.sha256 = ?`,
  );
  for (const entry of batch.refreshed) {
    const digests = [entry.certificate, entry.ocsp, entry.extra].map((text) =>
      Buffer.from(text, "base64url"),
    );
    fresh.run(number, ...digests);
  }
}

export function lastBatchNumber(database: Database): number {
  return database.prepare("SELECT coalesce(max(number), 0) FROM batches").pluck().get() as number;
}

export function readBatch(database: Database, number: number): Batch | undefined {
  const row = database.prepare("SELECT * FROM batches WHERE number = ?").get(number) as BatchRow | undefined;
  if (row === undefined) return undefined;
  const spans = database
    .prepare(
      `SELECT writers.id AS writer, first, last FROM batch_spans JOIN writers ON writers.ordinal = batch_spans.writer
       WHERE batch = ? ORDER BY batch_spans.writer, first`,
    )
    .all(number) as Span[];
  const refreshed = database
    .prepare(
      `SELECT c.sha256 AS certificate, o.sha256 AS ocsp, e.sha256 AS extra
       FROM batch_ocsp b JOIN certificates c ON c.id = b.certificate
       JOIN ocsp_responses o ON o.id = b.ocsp JOIN ocsp_responses e ON e.id = b.extra WHERE b.batch = ?`,
    )
    .all(number) as Record<keyof RefreshedOcsp, Buffer>[];
  return {
    number,
    root: row.root,
    spans,
    through: { documents: row.documents, tips: row.tips },
    refreshed: refreshed.map((entry) => ({
      certificate: entry.certificate.toString("base64url"),
      ocsp: entry.ocsp.toString("base64url"),
      extra: entry.extra.toString("base64url"),
    })),
    leaves: row.leaves,
    upper: row.upper,
    token: row.token,
    genTime: row.gen_time,
    authority: row.authority,
  };
}

/** Which batch covers a record: reads nothing of what is large in it. */
export function readSeal(database: Database, writer: string, number: number): RecordSeal | undefined {
  const row = database
    .prepare(
      `SELECT batch, gen_time AS time, first, last FROM batch_spans JOIN batches ON batches.number = batch
       WHERE writer = (SELECT ordinal FROM writers WHERE id = ?) AND first <= ? ORDER BY first DESC LIMIT 1`,
    )
    .get(writer, number) as SealRow | undefined;
  if (row === undefined || row.last < number) return undefined;
  const { batch, time, first, last } = row;
  return { batch, time, span: { writer, first, last } };
}

interface SealRow extends Omit<RecordSeal, "span">, Omit<Span, "writer"> {}

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
