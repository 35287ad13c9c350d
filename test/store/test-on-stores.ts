import t, { type Test } from "tap";
import { oldestPostgres, PostgresServer } from "./postgres/postgres-server.ts";
import { type NewStore, newSqlite, postgresAt } from "./scene-store.ts";

/** A test of something above the stores. */
export type TestOnStore = (t: Test, newStore: NewStore) => Promise<void>;

/**
 * What takes the place of `t.test` in a file whose tests hold on every store: each runs on SQLite and, with databases of
 * its own, on the oldest PostgreSQL that is installed; where there is none, one skipped test says so.
 */
export async function testOnStores(): Promise<(name: string, holds: TestOnStore) => void> {
  const version = await oldestPostgres();
  if (version === undefined) t.test("on PostgreSQL", { skip: "no PostgreSQL is installed here" }, () => {});
  const server = version && (await PostgresServer.start(t, version));
  return (name, holds) => {
    t.test(`${name} (SQLite)`, (t) => holds(t, newSqlite));
    if (server === undefined) return;
    const newPostgres = async () => postgresAt(await server.newDatabase());
    t.test(`${name} (PostgreSQL ${version})`, (t) => holds(t, newPostgres));
  };
}
