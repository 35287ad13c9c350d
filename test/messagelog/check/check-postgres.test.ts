import t from "tap";
import { checkLog } from "../../../src/messagelog/check/check-log.ts";
import { openPostgresMessageStore } from "../../../src/store/postgres/message-store.ts";
import type { PostgresPlace } from "../../../src/store/postgres/place.ts";
import { openReader } from "../../store/postgres/open.ts";
import { oldestPostgres, PostgresServer } from "../../store/postgres/postgres-server.ts";
import { postgresAt } from "../../store/scene-store.ts";
import { agreement, inShort, logScene, witnessName } from "./log-scene.ts";

/* What `check-log.test.ts` finds in SQLite, done to PostgreSQL by somebody who may say any SQL. */

const version = await oldestPostgres();
const skip = version === undefined && "no PostgreSQL is installed here";

t.test("a log in PostgreSQL that somebody damaged by SQL", { skip }, async (t) => {
  const server = await PostgresServer.start(t, version!);
  const place = await server.newDatabase();
  const scene = await logScene(t, async () => postgresAt(place));
  const { rules, checkpointOf, location } = scene;

  // Batches 1 and 2 of a first run, then its closed chain and batch 3 of a second one, and five records without a batch.
  const first = await scene.open();
  await first.keep(agreement("the agreement in force"));
  await scene.append(first, 120);
  await first.sealNow();
  await scene.append(first, 30);
  await first.close();
  const yesterday = await server.copyOf(place);
  const second = await scene.open();
  await scene.append(second, 130);
  await second.sealNow();
  const held = [await checkpointOf(location, "the governing authority")];
  await scene.append(second, 5);
  // As a kill leaves it: a clean end would seal the rest.
  await server.endConnections(place);
  const today = await server.copyOf(place);
  const reader = openReader(t, today);
  const [one, two] = (await reader.writers()).map(({ writer }) => writer);
  reader.close();
  const at = (writer: string | undefined, number: string) =>
    `writer = (SELECT ordinal FROM writers WHERE id = '${writer}') AND number ${number}`;

  async function check(copy: PostgresPlace) {
    const reader = openReader(t, copy);
    const result = await checkLog(reader, { ...rules, held });
    reader.close();
    return result;
  }

  /** What is found after SQL was said. */
  async function found(...statements: readonly string[]): Promise<string[]> {
    const copy = await server.copyOf(today);
    await server.administer(async (connection) => {
      await connection.script("SET search_path = sealway");
      for (const statement of statements) await connection.query(statement);
    }, copy.database);
    return inShort((await check(copy)).damages);
  }

  await t.test("a good log has no damage", async (t) => {
    const result = await check(today);
    t.strictSame(inShort(result.damages), []);
    t.match(result, { records: 285, batches: 3, unsealed: 5, contents: { readable: 285 } });
    t.strictSame(result.checkpoints, [{ by: "the governing authority", size: 3, witnesses: [witnessName] }]);
  });

  await t.test("a record edited", async (t) => {
    const edit = (what: string) => found(`UPDATE records SET ${what} WHERE ${at(one, "= 40")}`);
    t.strictSame(await edit("exchange = overlay(exchange placing 'y' from 60)"), [
      "signature-wrong record 40 batch 1",
      "changed record 40 batch 1",
    ]);
    t.strictSame(await edit("time = time + 1"), ["changed record 40 batch 1"]);
    t.strictSame(await edit("tags = ''"), ["changed record 40 batch 1", "index-changed batch 1"]);
    t.strictSame(await edit("head = ''"), ["content-missing record 40 batch 1"]);
  });

  await t.test("records deleted", async (t) => {
    t.strictSame(await found(`DELETE FROM records WHERE ${at(one, "= 40")}`), ["missing record 40"]);
    const some = await found(`DELETE FROM records WHERE ${at(one, "BETWEEN 115 AND 125")}`);
    t.strictSame(some, ["missing record 115-125"]);
  });

  await t.test("records swapped", async (t) => {
    const move = (from: string, to: string) =>
      `UPDATE records SET number = ${to} WHERE ${at(one, `= ${from}`)}`;
    t.strictSame(await found(move("40", "9999"), move("90", "40"), move("9999", "90")), [
      "index-changed batch 1",
      "reordered record 40 batch 1",
      "reordered record 90 batch 1",
    ]);
  });

  await t.test("the newest hundred cut off", async (t) => {
    const cut = `DELETE FROM records WHERE ${at(two, ">= 36")}`;
    t.strictSame(await found(cut), ["cut-off record 36-130"], "their number stands in their batch");
    const tip = `UPDATE writers SET number = 35, chain = (SELECT chain FROM records WHERE ${at(two, "= 35")})
      WHERE id = '${two}'`;
    const batch = ["batch_spans WHERE batch = 3", "batch_ocsp WHERE batch = 3", "batches WHERE number = 3"];
    const gone = batch.map((rows) => `DELETE FROM ${rows}`);
    t.strictSame(
      await found(tip, cut, ...gone),
      ["cut-off record 36-130", "rolled-back batch 3"],
      "without a trace but what a witness has seen",
    );
  });

  await t.test("a whole database restored from yesterday", async (t) => {
    const { damages } = await check(yesterday);
    t.strictSame(inShort(damages), ["cut-off record 1-130", "rolled-back batch 3"]);
  });

  await t.test("batches, documents and chain ends edited or deleted", async (t) => {
    t.strictSame(await found("UPDATE batches SET root = decode(repeat('00', 32), 'hex') WHERE number = 2"), [
      ...["token-other-root batch 2", "batch-changed batch 2", "link-changed batch 3", "split-view batch 3"],
    ]);
    t.strictSame(await found("UPDATE documents SET bytes = '\\x00'"), ["document-changed batch 1"]);
    t.strictSame(await found("DELETE FROM tips"), ["covered-missing batch 3"]);
  });

  await t.test("a node goes on with a log that it may write", async (t) => {
    const store = await openPostgresMessageStore({ place: today, clock: scene.clock });
    t.teardown(() => store.close());
    t.equal(store.health().state, "ok");
  });
});
