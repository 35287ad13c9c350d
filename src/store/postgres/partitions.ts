import type { Connection } from "./database.ts";
import { lockForTransaction } from "./locks.ts";

/** A month of UTC, counted from January of the year 0. */
type Month = number;

function monthOf(time: number): Month {
  const date = new Date(time);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}

function startOf(month: Month): number {
  return Date.UTC(Math.floor(month / 12), month % 12);
}

/** `records_2026_11` */
function nameOf(month: Month): string {
  const year = String(Math.floor(month / 12)).padStart(4, "0");
  return `records_${year}_${String((month % 12) + 1).padStart(2, "0")}`;
}

/** The BRIN index of the partition for records logged at a time. */
export function timeIndexOf(time: number): string {
  return `${nameOf(monthOf(time))}_logged`;
}

/** Beyond so many bytes of a row its signature goes elsewhere: a scan by exchange id reads less. */
const rowTarget = 4096;

/** Makes the partitions of records that are not there yet, beside the traffic of other nodes. */
export class Partitions {
  readonly #connection: Connection;
  readonly #known = new Set<Month>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** For records that are logged at these times, milliseconds. */
  async ensure(times: Iterable<number>): Promise<void> {
    const missing = new Set<Month>();
    for (const time of times) {
      const month = monthOf(time);
      if (!this.#known.has(month)) missing.add(month);
    }
    for (const month of missing) {
      await this.#make(month);
      this.#known.add(month);
    }
  }

  /** Attaching blocks no one who reads or writes other partitions; creating in place would. */
  async #make(month: Month): Promise<void> {
    const connection = this.#connection;
    const name = nameOf(month);
    if (await this.#exists(name)) return;
    await connection.transaction(async () => {
      await lockForTransaction(connection, "partitions");
      if (await this.#exists(name)) return;
      await connection.script(`
        CREATE TABLE ${name} (LIKE records INCLUDING STORAGE) WITH (toast_tuple_target = ${rowTarget});
        CREATE INDEX ${name}_logged ON ${name} USING brin (logged) WITH (autosummarize = on);
        ALTER TABLE records ATTACH PARTITION ${name} FOR VALUES FROM (${startOf(month)}) TO (${startOf(month + 1)});
      `);
    });
  }

  async #exists(name: string): Promise<boolean> {
    const [row] = await this.#connection.query<{ found: boolean }>(
      "SELECT EXISTS (SELECT FROM pg_inherits WHERE inhparent = 'records'::regclass AND inhrelid = to_regclass($1)) AS found",
      [name],
    );
    return row!.found;
  }
}
