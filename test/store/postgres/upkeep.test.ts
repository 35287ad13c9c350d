import t, { type Test } from "tap";
import { uuidV7 } from "../../../src/core/uuid.ts";
import type { Connection } from "../../../src/store/postgres/database.ts";
import type { PostgresPlace } from "../../../src/store/postgres/place.ts";
import { sampleAnswer, sampleRecord } from "../../messagelog/sample-record.ts";
import { ManualClock } from "../../messagelog/sealing-scene.ts";
import { until } from "../../until.ts";
import { readAll, sealed } from "../contract/log-under-test.ts";
import { openReader, openStore, quick } from "./open.ts";
import { PostgresServer, withoutPostgres } from "./postgres-server.ts";

/* What is done beside the traffic: partitions, the guard's size, the index by time. */

const skip = await withoutPostgres(18);
const server = skip === false ? await PostgresServer.start(t, 18) : undefined!;
const day = 24 * 60 * 60 * 1000;

async function scene(t: Test) {
  const place = await server.newDatabase();
  const clock = new ManualClock();
  clock.time = Date.UTC(2026, 10, 22);
  const store = await openStore(t, place, { clock, pace: quick });
  const ask = <Row>(text: string) => inDatabase(place, (connection) => connection.query<Row>(text));
  return { place, clock, store, ask, reader: openReader(t, place) };
}

function inDatabase<Result>({ database }: PostgresPlace, work: (connection: Connection) => Promise<Result>) {
  return server.administer(work, database);
}

type Ask = Awaited<ReturnType<typeof scene>>["ask"];

async function partitions(ask: Ask): Promise<Record<string, number>> {
  const names = await ask<{ name: string }>(
    "SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relname LIKE 'records\\_%' ORDER BY 1",
  );
  const counts: Record<string, number> = {};
  for (const { name } of names) {
    counts[name] = (await ask<{ count: number }>(`SELECT count(*) FROM ${name}`))[0]!.count;
  }
  return counts;
}

t.test(
  "records of each month have a partition, made a week ahead; one missing is made at once",
  { skip },
  async (t) => {
    const { clock, store, ask, reader } = await scene(t);
    t.strictSame(await partitions(ask), { records_2026_11: 0 });
    const at = (time: number) => store.append(sampleRecord({ time }), sealed);
    await at(clock.time);
    clock.time = Date.UTC(2026, 10, 25);
    await until("the next month is made ahead", async () => "records_2026_12" in (await partitions(ask)));
    await Promise.all([-2, -1, 0, 1].map((ms) => at(Date.UTC(2026, 11, 1) + ms)));
    t.strictSame(await partitions(ask), { records_2026_11: 3, records_2026_12: 2 });
    await at(Date.UTC(2027, 3, 15));
    await at(Date.UTC(2027, 0, 1));
    t.strictSame(
      await partitions(ask),
      { records_2026_11: 3, records_2026_12: 2, records_2027_04: 2 },
      "where a record stands goes by the greatest time before it",
    );
    const { records, findings } = await readAll(reader);
    t.strictSame([records.map(({ number }) => number), findings], [[1, 2, 3, 4, 5, 6, 7], []]);
    for (const { exchangeId, number } of records) {
      t.strictSame(
        (await reader.find(exchangeId)).map((record) => record.number),
        [number],
      );
    }
  },
);

t.test("two nodes make the same partition at once", { skip }, async (t) => {
  const { place, clock, store, reader } = await scene(t);
  const other = await openStore(t, place, { clock });
  for (let month = 0; month < 6; month++) {
    const time = Date.UTC(2028, month, 3);
    await Promise.all([store, other].map((node) => node.append(sampleRecord({ time }), sealed)));
  }
  const { records, findings } = await readAll(reader);
  t.strictSame([records.length, findings], [12, []]);
});

t.test("the guard forgets what is closed and has expired, and nothing else", { skip }, async (t) => {
  const { clock, store, ask } = await scene(t);
  const time = clock.time;
  const expires = { expires: time + 1000 };
  const open = sampleRecord({ time, guard: expires });
  const answered = sampleRecord({ time, guard: expires });
  const single = sampleRecord({ time, guard: { effect: "single", ...expires } });
  const late = sampleRecord({ time, guard: { effect: "single", expires: time + 2 * day } });
  const answer = { ...sampleAnswer(answered, time), guard: { ...answered.guard, effect: "close" as const } };
  for (const record of [open, answered, answer, single, late]) {
    t.match(await store.append(record, sealed), { outcome: "recorded" });
  }
  clock.time += day;
  const entries = async () => (await ask<{ count: number }>("SELECT count(*) FROM guard"))[0]!.count;
  await until("two are forgotten", async () => (await entries()) === 2);
  t.match(await store.append(open, sealed), { outcome: "resend", state: "open" });
  t.match(await store.append(late, sealed), { outcome: "resend", state: "closed" });
});

t.test("counters that have expired are forgotten, and nothing else", { skip }, async (t) => {
  const { clock, store, ask } = await scene(t);
  const using = (counter: string, expires: number) => {
    return { ...sampleRecord({ time: clock.time }), uses: [{ counter, limit: 10, expires }] };
  };
  const soon = Array.from({ length: 300 }, (_, i) => using(`query/${i}`, clock.time + 1000));
  const late = using("permission/x", clock.time + 2 * day);
  await Promise.all([...soon, late].map((record) => store.append(record, sealed)));
  clock.time += day;
  const names = async () =>
    (await ask<{ name: string }>("SELECT name FROM counters")).map(({ name }) => name);
  await until("300 are forgotten", async () => (await names()).length === 1);
  t.strictSame(await names(), ["permission/x"]);
});

t.test("an exchange is looked for in the blocks of its time only", { skip }, async (t) => {
  const { place, clock, store, ask } = await scene(t);
  const start = clock.time;
  const append = (i: number) => store.append(sampleRecord({ time: start + i * 1000 }), sealed);
  for (let i = 0; i < 4000; i += 400) await Promise.all(Array.from({ length: 400 }, (_, j) => append(i + j)));
  clock.time += 4_000_000;
  await until("all blocks are summarised", async () => {
    const [row] = await ask<{ left: number }>(
      "SELECT brin_summarize_new_values('records_2026_11_logged') AS left",
    );
    return row!.left === 0;
  });
  const id = uuidV7(start + 2_000_000);
  const plan = await inDatabase(place, async (connection) => {
    await connection.script(
      "SET enable_indexscan = off; SET enable_indexonlyscan = off; SET enable_seqscan = off",
    );
    return connection.query<{ "QUERY PLAN": string }>(
      `EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off) SELECT number FROM records r
       WHERE r.logged BETWEEN ${start + 1_995_000} AND ${start + 2_005_000} AND r.exchange_id = '${id}'`,
    );
  });
  const text = plan.map((row) => row["QUERY PLAN"]).join("\n");
  t.match(text, /records_2026_11_logged/);
  const removed = Number(/Rows Removed by (?:Index Recheck|Filter): (\d+)/.exec(text)?.[1]);
  t.ok(removed < 2000, `${removed} of 4000 rows were read in vain`);
  t.notMatch(text, /records_2026_12/);
});

t.test(
  "a reader has one connection, a new one when it is lost, none when it is closed",
  { skip },
  async (t) => {
    const { place, reader } = await scene(t);
    const connections = () =>
      server.administer((connection) =>
        connection.query<{ pid: number }>(
          `SELECT pid FROM pg_stat_activity WHERE datname = '${place.database}' AND application_name = 'sealway reader'`,
        ),
      );
    await Promise.all([reader.writers(), reader.closedTips(), reader.unsealed(1), reader.batch(1)]);
    const [first, ...more] = await connections();
    t.strictSame(more, []);
    await server.administer((connection) =>
      connection.query("SELECT pg_terminate_backend($1)", [first!.pid]),
    );
    await until("it is asked again with success", () =>
      reader.writers().then(
        () => true,
        () => false,
      ),
    );
    t.not((await connections())[0]!.pid, first!.pid);
    reader.close();
    await until("it has gone", async () => (await connections()).length === 0);
    await t.rejects(reader.writers(), /closed/);
  },
);
