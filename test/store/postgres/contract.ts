import t, { type Test } from "tap";
import { systemClock } from "../../../src/core/clock.ts";
import type { LogReader, MessageStore } from "../../../src/messagelog/message-store.ts";
import { openLogReader } from "../../../src/store/postgres/log-reader.ts";
import { openPostgresMessageStore } from "../../../src/store/postgres/message-store.ts";
import { locationOf, type PostgresPlace } from "../../../src/store/postgres/place.ts";
import { readingContract } from "../contract/reading.ts";
import { writingContract } from "../contract/writing.ts";
import { PostgresServer, type PostgresVersion, withoutPostgres } from "./postgres-server.ts";

/** The contract of both stores on one version of PostgreSQL; without it one skipped test says so. */
export async function testContract(version: PostgresVersion): Promise<void> {
  const skip = await withoutPostgres(version);
  await t.test(`the contract of stores on PostgreSQL ${version}`, { skip }, async (t) => {
    const server = await PostgresServer.start(t, version);
    const newLog = async (t: Test) => {
      const place = await server.newDatabase();
      return { open: () => openStore(t, place), reader: () => openReader(t, place) };
    };
    for (const [name, holds] of Object.entries({ ...writingContract, ...readingContract })) {
      await t.test(name, (t) => holds(t, newLog));
    }
  });
}

async function openStore(t: Test, place: PostgresPlace): Promise<MessageStore> {
  const store = await openPostgresMessageStore({ place, clock: systemClock });
  t.teardown(() => store.close());
  return store;
}

function openReader(t: Test, place: PostgresPlace): LogReader {
  const reader = openLogReader(locationOf(place));
  t.teardown(() => reader.close());
  return reader;
}
