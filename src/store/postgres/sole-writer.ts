import { SealwayError } from "../../core/errors.ts";
import { Connection, reasonOf, unavailable } from "./database.ts";
import { tryWritingAlone } from "./locks.ts";
import type { PostgresPlace } from "./place.ts";

/** Milliseconds until the question whether the lock is still held counts as not answered. */
const patience = 5_000;

/**
 * The right to be the only process that writes a log whose writer keeps in mind what it wrote: a lock of a session of its
 * own, which ends with the process, however that ends.
 */
export class SoleWriter {
  readonly #place: PostgresPlace;
  #connection: Connection;

  private constructor(place: PostgresPlace, connection: Connection) {
    this.#place = place;
    this.#connection = connection;
  }

  /** @throws SealwayError `log_unavailable` also when another process has it */
  static async enter(place: PostgresPlace): Promise<SoleWriter> {
    return new SoleWriter(place, await openLocked(place));
  }

  /**
   * Asks the database, before each write, whether this process still has it.
   * @throws SealwayError `log_unavailable` when it was lost: somebody may have written since. Where it could be had again,
   *   the caller reads the log anew and asks once more
   */
  async confirm(): Promise<void> {
    try {
      if (await tryWritingAlone(this.#connection)) return;
    } catch {
      // The session is gone, and the lock with it.
    }
    this.#connection.destroy();
    this.#connection = await openLocked(this.#place);
    throw unavailable("the lock on the log was lost for a while; try again");
  }

  async close(): Promise<void> {
    await this.#connection.end();
  }
}

async function openLocked(place: PostgresPlace): Promise<Connection> {
  let connection: Connection | undefined;
  try {
    connection = await Connection.open({ place, name: "sealway sole writer", patience });
    if (await tryWritingAlone(connection)) return connection;
  } catch (error) {
    connection?.destroy();
    if (error instanceof SealwayError) throw error;
    throw unavailable(reasonOf(error), error);
  }
  await connection.end();
  throw unavailable("another process writes this log");
}
