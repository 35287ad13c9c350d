import { Connection, reasonOf, unavailable } from "./database.ts";
import { holdOut, othersLive, showPresence, waitForJoining } from "./locks.ts";
import type { PostgresPlace } from "./place.ts";
import { preparePostgresLog } from "./prepare-log.ts";

/** A statement here waits until another node has joined; milliseconds. */
const patience = 90_000;

/** What all nodes of a log have in common, as the first one found it. */
export interface ClusterFacts {
  /** UUID: stands in the directories that they share. */
  readonly id: string;
  /** The server that they are. */
  readonly server: string;
  /** base64url of the public key of the log; null when the next node to join is to tell it. */
  readonly logKey: string | null;
}

/**
 * The place of a node among those that are up, held on a connection of its own: it ends with the process, however that
 * ends.
 */
export class ClusterSeat {
  readonly #place: PostgresPlace;
  #connection: Connection;
  #isLost = false;
  #isClosed = false;

  private constructor(place: PostgresPlace, connection: Connection) {
    this.#place = place;
    this.#connection = connection;
    this.#watch();
  }

  /**
   * Begins to join: until `take`, no other node joins. Makes the log's schema when there is none.
   * @throws SealwayError `log_unavailable`
   */
  static async approach(place: PostgresPlace): Promise<ClusterSeat> {
    await preparePostgresLog(place);
    try {
      const connection = await openConnection(place);
      await connection.script("SET lock_timeout = '60s'");
      await waitForJoining(connection);
      return new ClusterSeat(place, connection);
    } catch (error) {
      throw unavailable(reasonOf(error), error);
    }
  }

  /** Undefined before the first node has joined. */
  async facts(): Promise<ClusterFacts | undefined> {
    const [row] = await this.#connection.query<ClusterFacts>(
      `SELECT id, server, log_key AS "logKey" FROM cluster`,
    );
    return row;
  }

  /** Told by the first node; by a later one where the log's key is open. */
  async found({ id, server, logKey }: ClusterFacts): Promise<void> {
    await this.#connection.execute(
      `INSERT INTO cluster (id, server, log_key) VALUES ($1, $2, $3)
       ON CONFLICT ((true)) DO UPDATE SET log_key = coalesce(cluster.log_key, excluded.log_key)`,
      [id, server, logKey],
    );
  }

  /** Whether another node is up. */
  othersLive(): Promise<boolean> {
    return othersLive(this.#connection);
  }

  /** This node is one of them from now on. @throws SealwayError `log_unavailable` while nodes are kept out */
  async take(): Promise<void> {
    if (!(await showPresence(this.#connection)))
      throw unavailable(
        "a command works on the cluster while no node may run; start the server when it has ended",
      );
  }

  /** Takes the place again when the connection was lost. @throws Error of the network or the database */
  async keep(): Promise<void> {
    if (!this.#isLost || this.#isClosed) return;
    this.#connection = await openConnection(this.#place);
    this.#isLost = false;
    this.#watch();
    await showPresence(this.#connection);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#connection.end();
  }

  #watch(): void {
    this.#connection.onLost(() => {
      this.#isLost = true;
    });
  }
}

/**
 * Does something while no node is up and none can start.
 * @throws SealwayError `log_unavailable` when one is up, or was a minute ago and has not ended
 */
export async function withoutNodes<Result>(
  place: PostgresPlace,
  work: () => Promise<Result>,
): Promise<Result> {
  await preparePostgresLog(place);
  const connection = await openConnection(place);
  try {
    if (!(await holdOut(connection)))
      throw unavailable("a node has the message log open, or had it a minute ago");
    return await work();
  } finally {
    await connection.end();
  }
}

function openConnection(place: PostgresPlace): Promise<Connection> {
  return Connection.open({ place, name: "sealway cluster", patience });
}
