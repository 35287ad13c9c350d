import type { ContextDocument } from "../../messagelog/message-record.ts";
import type { Span, Tip, Unsealed } from "../../messagelog/message-store.ts";
import type { Connection } from "./database.ts";

/** A writer with records behind the last one that a batch covers. */
interface Rest {
  readonly ordinal: number;
  readonly id: string;
  readonly first: number;
  readonly number: number;
  /** Of its first unsealed record. */
  readonly time: number;
}

/** As `LogReader.unsealed`: all writers at one moment, those whose records have waited longest first. */
export async function readUnsealed(connection: Connection, limit: number): Promise<Unsealed> {
  return connection.transaction(async () => {
    const [previous] = await connection.query<{
      number: number;
      root: Buffer;
      documents: number;
      tips: number;
    }>("SELECT number, root, documents, tips FROM batches ORDER BY number DESC LIMIT 1");
    const documents = await connection.query<{ id: number; kind: ContextDocument["kind"]; sha256: Buffer }>(
      "SELECT id, kind, sha256 FROM documents WHERE id > $1 ORDER BY id",
      [previous?.documents ?? 0],
    );
    const closedTips = await readClosedTips(connection, previous?.tips ?? 0);
    return {
      previous: previous && { number: previous.number, root: previous.root },
      ...(await cut(connection, await readRests(connection), limit)),
      documents: documents.map(({ kind, sha256 }) => ({ kind, sha256: sha256.toString("base64url") })),
      closedTips,
      through: {
        documents: documents.at(-1)?.id ?? previous?.documents ?? 0,
        tips: closedTips.at(-1)?.id ?? previous?.tips ?? 0,
      },
    };
  }, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
}

export function readClosedTips(
  connection: Connection,
  after: number,
): Promise<(Tip & { readonly id: number })[]> {
  return connection.query(
    `SELECT tips.id, writers.id AS writer, tips.number, tips.chain FROM tips JOIN writers ON ordinal = tips.writer
     WHERE tips.id > $1 ORDER BY tips.id`,
    [after],
  );
}

function readRests(connection: Connection): Promise<Rest[]> {
  return connection.query(
    `SELECT w.ordinal, w.id, coalesce(s.last, 0) + 1 AS first, w.number, r.time
     FROM writers w
     LEFT JOIN LATERAL (SELECT last FROM batch_spans WHERE writer = w.ordinal ORDER BY first DESC LIMIT 1) s ON true
     JOIN records r ON r.writer = w.ordinal AND r.number = coalesce(s.last, 0) + 1
     WHERE w.number > coalesce(s.last, 0) ORDER BY r.time, w.ordinal`,
  );
}

async function cut(
  connection: Connection,
  rests: readonly Rest[],
  limit: number,
): Promise<Pick<Unsealed, "spans" | "openTips" | "oldestBeyond">> {
  const spans: Span[] = [];
  const openTips: Tip[] = [];
  const beyond: number[] = [];
  let room = limit;
  for (const { ordinal, id, first, number, time } of rests) {
    const last = Math.min(number, first + room - 1);
    if (last >= first) {
      const { chain } = await endOf(connection, ordinal, last);
      spans.push({ writer: id, first, last });
      openTips.push({ writer: id, number: last, chain });
      room -= last - first + 1;
    }
    if (last < first) beyond.push(time);
    else if (last < number) beyond.push((await endOf(connection, ordinal, last + 1)).time);
  }
  return { spans, openTips, oldestBeyond: beyond.length === 0 ? undefined : Math.min(...beyond) };
}

async function endOf(
  connection: Connection,
  ordinal: number,
  number: number,
): Promise<{ readonly time: number; readonly chain: Buffer }> {
  const [row] = await connection.query<{ time: number; chain: Buffer }>(
    "SELECT time, chain FROM records WHERE writer = $1 AND number = $2",
    [ordinal, number],
  );
  if (row === undefined) throw new Error(`the log lacks record ${number} of writer ${ordinal}`);
  return row;
}
