import type { RecordName, ReplacedContent } from "../../messagelog/message-store.ts";
import type { Connection } from "./database.ts";

/*
 * The encrypted content of single records is the one thing in the log that is ever overwritten. PostgreSQL keeps the
 * row as it was until it is vacuumed, and in its write-ahead log: what is left there is ciphertext.
 */

/** @returns how many of the records had content */
export function eraseContent(connection: Connection, records: readonly RecordName[]): Promise<number> {
  return connection.execute(
    `UPDATE records SET head = '', body = '', body_file = ''
     FROM unnest($1::uuid[], $2::bigint[]) AS n (id, number) JOIN writers ON writers.id = n.id
     WHERE records.writer = writers.ordinal AND records.number = n.number AND length(head) > 0`,
    [records.map(({ writer }) => writer), records.map(({ number }) => number)],
  );
}

/** @returns how many of the records had content */
export async function replaceContent(
  connection: Connection,
  records: readonly ReplacedContent[],
): Promise<number> {
  let replaced = 0;
  for (const { writer, number, head, body } of records) {
    replaced += await connection.execute(
      `UPDATE records SET key_id = $3, head = $4, body_key_id = $5, body = $6, body_file = $7
       WHERE writer = (SELECT ordinal FROM writers WHERE id = $1) AND number = $2 AND length(head) > 0`,
      [
        writer,
        number,
        head.keyId,
        head.bytes,
        body?.keyId ?? nothing,
        body?.bytes ?? nothing,
        body?.file ?? "",
      ],
    );
  }
  return replaced;
}

const nothing = Buffer.alloc(0);
