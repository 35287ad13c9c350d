import type { Clock } from "../../core/clock.ts";
import { SealwayError } from "../../core/errors.ts";
import type { OpenRequest } from "../../messagelog/message-record.ts";
import { pruneCounters } from "./counter-table.ts";
import { Connection, databaseCode } from "./database.ts";
import { checkDurability } from "./durability.ts";
import { pruneGuard } from "./guard-table.ts";
import { migrate } from "./migrations.ts";
import { closeDeadWriters, inherit, inheritedRequests } from "./nodes.ts";
import { Partitions, timeIndexOf } from "./partitions.ts";
import type { PostgresPlace } from "./place.ts";

/** Statements here may read whole tables. */
const patience = 60_000;
const day = 24 * 60 * 60 * 1000;
/** A partition is made so long before its month begins. */
const ahead = 7 * day;
/** SQLSTATE. */
const lockNotAvailable = "55P03";

export interface UpkeepOptions {
  readonly place: PostgresPlace;
  readonly clock: Clock;
}

/** What must be done now and then, on a connection of its own that lasts as long as the work: nobody waits for it. */
export class Upkeep {
  readonly #options: UpkeepOptions;

  constructor(options: UpkeepOptions) {
    this.#options = options;
  }

  /**
   * Makes the schema what it must be. @throws NewerSchemaError; SealwayError `log_unavailable` when the database must not
   * be written
   */
  prepare(): Promise<void> {
    return this.#connected(async (connection) => {
      await checkDurability(connection);
      await migrate(connection);
      await checkNotRestored(connection);
    });
  }

  /** Closes the chains of the dead, forgets what guard and counters need not know, makes room for the time to come. */
  run(): Promise<void> {
    const now = this.#options.clock.now();
    return this.#connected(async (connection) => {
      await closeDeadWriters(connection);
      await new Partitions(connection).ensure([now, now + ahead]);
      await pruneGuard(connection, now);
      await pruneCounters(connection, now);
      await summarise(connection, now);
    });
  }

  /**
   * As `MessageStore.openRequests`.
   * @param node who asks @param deadAfter milliseconds that another was not seen
   */
  openRequests(node: string, deadAfter: number): Promise<readonly OpenRequest[]> {
    return this.#connected(async (connection) => {
      await closeDeadWriters(connection);
      await inherit(connection, node, deadAfter);
      return inheritedRequests(connection, node);
    });
  }

  async #connected<Result>(work: (connection: Connection) => Promise<Result>): Promise<Result> {
    const { place } = this.#options;
    const connection = await Connection.open({ place, name: "sealway upkeep", patience });
    try {
      return await work(connection);
    } finally {
      await connection.end();
    }
  }
}

/** @throws SealwayError `log_unavailable` for a log that was restored from an archive: it lacks what a node must know */
async function checkNotRestored(connection: Connection): Promise<void> {
  const [row] = await connection.query("SELECT FROM restored");
  if (row !== undefined)
    throw new SealwayError(
      "log_unavailable",
      "the message log was restored from an archive: it is for reading",
    );
}

/**
 * Notes the times of the newest blocks of records: until then a search reads them all. Vacuum does it, too, and would be
 * called off by one who waits for it for a second; so nobody does.
 */
async function summarise(connection: Connection, now: number): Promise<void> {
  try {
    await connection.transaction(async () => {
      await connection.script("SET LOCAL lock_timeout = '300ms'");
      await connection.query("SELECT brin_summarize_new_values(to_regclass($1))", [timeIndexOf(now)]);
    });
  } catch (error) {
    if (databaseCode(error) !== lockNotAvailable) throw error;
  }
}
