import t, { type Test } from "tap";
import { restorePostgresLog } from "../../../src/store/postgres/restore-log.ts";
import { countingContract } from "../contract/counting.ts";
import { readingContract } from "../contract/reading.ts";
import { type NewRestored, restoringContract } from "../contract/restoring.ts";
import { writingContract } from "../contract/writing.ts";
import { openReader, openStore } from "./open.ts";
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
    const newRestored: NewRestored = async (t) => {
      const place = await server.newDatabase();
      return {
        restore: async (source) => {
          const restored = await restorePostgresLog(source, place);
          await restored.publish();
          return restored.records;
        },
        reader: () => openReader(t, place),
        openForWriting: () => openStore(t, place),
      };
    };
    for (const [name, holds] of Object.entries(restoringContract)) {
      await t.test(name, (t) => holds(t, newLog, newRestored));
    }
    for (const [name, holds] of Object.entries({
      ...writingContract,
      ...countingContract,
      ...readingContract,
    })) {
      await t.test(name, (t) => holds(t, newLog));
    }
  });
}
