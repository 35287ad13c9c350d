import { chainStart } from "../../messagelog/chain.ts";
import type { OpenRequest } from "../../messagelog/message-record.ts";
import type { Connection } from "./database.ts";
import { lockForTransaction, lockWriter, writerIsDead } from "./locks.ts";

/*
 * Who writes the log: nodes (runs of a server process) and their writers (one database session each). A writer is dead
 * when its lock is free; a node when all its writers are and it was not seen for a while, so that a short loss of the
 * connection does not make an heir of its neighbour.
 */

/**
 * Enters a new writer of a node, with its lock held, so that nobody takes it for dead.
 * @returns undefined when the node was taken for dead meanwhile: its heir answers for it, and it needs another name
 */
export async function enterWriter(
  connection: Connection,
  node: string,
  writer: string,
): Promise<number | undefined> {
  const [next] = await connection.query<{ ordinal: number }>(
    "SELECT nextval('writer_ordinals')::integer AS ordinal",
  );
  const { ordinal } = next!;
  await lockWriter(connection, ordinal);
  return connection.transaction(async () => {
    const known = await connection.execute(
      `INSERT INTO nodes (id, seen) VALUES ($1, now())
       ON CONFLICT (id) DO UPDATE SET seen = now() WHERE nodes.heir IS NULL`,
      [node],
    );
    if (known !== 1) return undefined;
    await connection.execute("INSERT INTO writers (ordinal, id, node, chain) VALUES ($1, $2, $3, $4)", [
      ordinal,
      writer,
      node,
      chainStart(writer),
    ]);
    return ordinal;
  });
}

export async function showLife(connection: Connection, node: string): Promise<void> {
  await connection.execute("UPDATE nodes SET seen = now() WHERE id = $1", [node]);
}

/** The node ends by itself: its heir need not wait. */
export async function endNode(connection: Connection, node: string): Promise<void> {
  await connection.execute("UPDATE nodes SET ended = true WHERE id = $1", [node]);
}

/** Closes the chains of dead writers; one that recorded nothing leaves no trace. */
export async function closeDeadWriters(connection: Connection): Promise<void> {
  await connection.transaction(async () => {
    await lockForTransaction(connection, "upkeep");
    await connection.execute(
      `WITH living AS MATERIALIZED (SELECT ordinal FROM writers WHERE NOT closed),
         dead AS MATERIALIZED (SELECT ordinal FROM living WHERE ${writerIsDead("ordinal")}),
         closed AS (UPDATE writers SET closed = true WHERE ordinal IN (SELECT ordinal FROM dead) AND number > 0
           RETURNING ordinal, number, chain)
       INSERT INTO tips (writer, number, chain) SELECT ordinal, number, chain FROM closed ORDER BY ordinal`,
    );
    await connection.execute(
      `DELETE FROM writers WHERE ordinal IN
         (SELECT ordinal FROM writers WHERE NOT closed AND number = 0 AND ${writerIsDead("ordinal")})
       AND number = 0`,
    );
  });
}

/**
 * Makes a node the heir of every dead one that has no living heir: exactly one node finds what a dead one left open.
 * @param deadAfter milliseconds that a node was not seen
 */
export async function inherit(connection: Connection, node: string, deadAfter: number): Promise<void> {
  await connection.transaction(async () => {
    await lockForTransaction(connection, "upkeep");
    await connection.execute(
      `WITH dead AS MATERIALIZED (
         SELECT id FROM nodes WHERE (ended OR seen < now() - $2 * interval '1 millisecond')
         AND NOT EXISTS (SELECT FROM writers WHERE writers.node = nodes.id AND NOT closed))
       UPDATE nodes SET heir = $1 WHERE NOT settled AND id <> $1 AND id IN (SELECT id FROM dead)
       AND (ended OR seen < now() - $2 * interval '1 millisecond')
       AND (heir IS NULL OR heir IN (SELECT id FROM dead))`,
      [node, deadAfter],
    );
  });
}

/** The requests that the nodes of which this one is the heir left open, oldest first. */
export async function inheritedRequests(connection: Connection, node: string): Promise<OpenRequest[]> {
  const rows = await connection.query<OpenRow>(
    `SELECT g.exchange_id, g.role, r.member, r.exchange, r.signature
     FROM nodes JOIN writers w ON w.node = nodes.id JOIN guard g ON g.writer = w.ordinal AND g.state = 'open'
     JOIN records r ON r.writer = g.writer AND r.number = g.number
     WHERE nodes.heir = $1 AND NOT nodes.settled ORDER BY r.logged, w.ordinal`,
    [node],
  );
  await connection.execute(
    `UPDATE nodes SET settled = true WHERE heir = $1 AND NOT settled AND NOT EXISTS
       (SELECT FROM writers w JOIN guard g ON g.writer = w.ordinal AND g.state = 'open' WHERE w.node = nodes.id)`,
    [node],
  );
  return rows.map(({ exchange_id, role, member, exchange, signature }) => ({
    exchangeId: exchange_id as OpenRequest["exchangeId"],
    role,
    member: member as OpenRequest["member"],
    exchange,
    signature: signature.toString("latin1"),
  }));
}

interface OpenRow {
  readonly exchange_id: string;
  readonly role: OpenRequest["role"];
  readonly member: string;
  readonly exchange: Buffer;
  readonly signature: Buffer;
}
