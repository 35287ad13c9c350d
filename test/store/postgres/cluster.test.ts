import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import t, { type Test } from "tap";
import { systemClock } from "../../../src/core/clock.ts";
import { uuidV7 } from "../../../src/core/uuid.ts";
import type { AppendOutcome } from "../../../src/messagelog/message-record.ts";
import type { MessageStore, StoredRecord } from "../../../src/messagelog/message-store.ts";
import type { Pace } from "../../../src/store/postgres/message-store.ts";
import { locationOf, type PostgresPlace } from "../../../src/store/postgres/place.ts";
import { sampleAnswer, sampleRecord } from "../../messagelog/sample-record.ts";
import { sealingScene, verdictOf } from "../../messagelog/sealing-scene.ts";
import { until } from "../../until.ts";
import { use, using } from "../contract/counting.ts";
import { nextBatch, readAll, request, sealed } from "../contract/log-under-test.ts";
import { postgresAt } from "../scene-store.ts";
import { openReader, openStore, quick } from "./open.ts";
import { PostgresServer, withoutPostgres } from "./postgres-server.ts";

/* Several nodes write one log. */

const skip = await withoutPostgres(18);
const server = skip === false ? await PostgresServer.start(t, 18) : undefined;

async function twoNodes(t: Test, pace?: Pace) {
  const place = await server!.newDatabase();
  const nodes = [
    await openStore(t, place, pace && { pace }),
    await openStore(t, place, pace && { pace }),
  ] as const;
  return { place, nodes, reader: openReader(t, place) };
}

t.test("two nodes racing on one exchange id: one records it, the other is told", { skip }, async (t) => {
  const { nodes, reader } = await twoNodes(t);
  for (let round = 0; round < 20; round++) {
    const ids = Array.from({ length: 12 }, () => uuidV7(systemClock.now()));
    const same = ids.slice(0, 6).map((exchangeId) => sampleRecord({ time: systemClock.now(), exchangeId }));
    const of = (node: MessageStore, order: "forth" | "back") => {
      const own = ids.slice(6).map((exchangeId) => sampleRecord({ time: systemClock.now(), exchangeId }));
      const records = [...same, ...own];
      if (order === "back") records.reverse();
      return Promise.all(
        records.map(async (record) => [record.exchangeId, await node.append(record, sealed)]),
      );
    };
    const answers = (await Promise.all([of(nodes[0], "forth"), of(nodes[1], "back")])).flat();
    for (const [i, id] of ids.entries()) {
      const got = answers
        .filter(([name]) => name === id)
        .map(([, answer]) => (answer as AppendOutcome).outcome);
      t.strictSame(got.sort(), ["recorded", i < 6 ? "resend" : "replay"]);
      t.equal((await reader.find(id)).length, 1);
    }
  }
  t.strictSame((await readAll(reader)).findings, []);
});

t.test("an answer closes the exchange that another node opened, once", { skip }, async (t) => {
  const { nodes, reader } = await twoNodes(t);
  const question = request();
  await nodes[0].append(question, sealed);
  const answers = nodes.map((node) => node.append(sampleAnswer(question, question.time), sealed));
  const outcomes = (await Promise.all(answers)).map(({ outcome }) => outcome);
  t.strictSame(outcomes.sort(), ["recorded", "replay"]);
  t.equal((await reader.find(question.exchangeId)).length, 2);
});

t.test(
  "two nodes count the uses of one counter exactly, and never wait for each other",
  { skip },
  async (t) => {
    const { nodes, reader } = await twoNodes(t);
    const counters = Array.from({ length: 8 }, (_, i) => `quota/${i}`);
    const of = (node: MessageStore, order: "forth" | "back") => {
      const named = order === "forth" ? counters : counters.toReversed();
      const records = Array.from({ length: 50 }, (_, i) => {
        const shared = named.map((counter) => use(counter, 200));
        return using(use("permission/x", 30), ...shared.slice(i % 4), use(`query/${order}${i}`, 1));
      });
      return Promise.all(records.map((record) => node.append(record, sealed)));
    };
    const outcomes = (await Promise.all([of(nodes[0], "forth"), of(nodes[1], "back")])).flat();
    const counts = outcomes.flatMap((outcome) => (outcome.outcome === "recorded" ? [outcome.uses![0]!] : []));
    t.strictSame(
      counts.sort((a, b) => a - b),
      Array.from({ length: 30 }, (_, i) => i + 1),
    );
    t.match(await nodes[1].append(using(use("quota/7", 200)), sealed), { outcome: "recorded" });
    t.equal(outcomes.filter(({ outcome }) => outcome === "exhausted").length, 70);
    const { records, findings } = await readAll(reader);
    t.strictSame([records.length, findings], [31, []]);
  },
);

/** A node as a process; `acknowledged` grows while it runs. */
function startNode(t: Test, place: PostgresPlace) {
  const program = join(import.meta.dirname, "node-process.ts");
  const child = spawn(process.execPath, [program, locationOf(place)]);
  t.teardown(() => child.kill("SIGKILL"));
  const acknowledged = new Map<string, string>();
  const state = { sealing: "", batch: "" };
  createInterface(child.stdout).on("line", (line) => {
    const [writer, number, id] = line.split(" ");
    if (writer === "sealing") state.sealing = number!;
    else if (writer === "batch") state.batch = number!;
    else if (id?.length === 36) acknowledged.set(`${writer} ${number}`, id);
  });
  return { child, acknowledged, state };
}

function lost(records: readonly StoredRecord[], acknowledged: ReadonlyMap<string, string>): unknown[] {
  const found = new Map(records.map(({ writer, number, exchangeId }) => [`${writer} ${number}`, exchangeId]));
  return [...acknowledged].filter(([name, id]) => found.get(name) !== id);
}

t.test(
  "kill -9 of a node during commits: nothing is lost or doubled, its chain is closed, another one seals",
  { skip },
  async (t) => {
    const { place, nodes, reader } = await twoNodes(t, quick);
    const { child, acknowledged, state } = startNode(t, place);
    await until("the node has the sealing", () => state.sealing === "true");
    t.strictSame(await Promise.all(nodes.map((node) => node.holdsSealing())), [false, false]);
    const ours = new Map<string, string>();
    await until("it has acknowledged 300", async () => {
      const record = request();
      const answer = await nodes[0].append(record, sealed);
      if (answer.outcome === "recorded") ours.set(`${answer.writer} ${answer.number}`, record.exchangeId);
      return acknowledged.size >= 300;
    });
    child.kill("SIGKILL");
    await until("another node has the sealing", () => nodes[1].holdsSealing());
    t.equal(await nodes[0].holdsSealing(), false);
    await until("its chain is closed", async () => (await reader.closedTips()).length === 1);
    const { records, findings } = await readAll(reader);
    t.strictSame([findings, lost(records, acknowledged), lost(records, ours)], [[], [], []]);
    t.equal(new Set(records.map(({ exchangeId }) => exchangeId)).size, records.length, "none is doubled");
    const left = await inheritedBy(nodes);
    const dead = records.filter(({ writer }) => writer === [...acknowledged.keys()][0]!.split(" ")[0]);
    t.strictSame(left.flat().sort(), dead.map(({ exchangeId }) => exchangeId).sort());
    t.equal(left.filter((some) => some.length > 0).length, 1, "one living node has them all");
    t.match(await nodes[0].append(using(use("quota/for-ever", Number.MAX_SAFE_INTEGER)), sealed), {
      uses: [dead.length + 1],
    });
    const batch = await nextBatch(reader, 1_000_000);
    t.equal(batch.spans.length, 2, "one batch covers what both left unsealed");
    await nodes[1].recordBatch(batch);
    t.strictSame((await reader.unsealed(1)).spans, []);
  },
);

/** What each node finds open, once there is something. */
async function inheritedBy(nodes: readonly MessageStore[]): Promise<string[][]> {
  let found: string[][] = [];
  await until("what it left open is found", async () => {
    const requests = await Promise.all(nodes.map((node) => node.openRequests()));
    found = requests.map((some) => some.map(({ exchangeId }) => exchangeId as string));
    return found.flat().length > 0;
  });
  return found;
}

/** How a process is stopped. */
const stops: Readonly<Record<string, (stop: () => void, place: PostgresPlace) => Promise<void>>> = {
  "at any moment": async (stop) => stop(),
  "in the middle of a COPY": (stop, place) => whileRecordsAreLocked(place, (awaited) => awaited().then(stop)),
};

for (const [when, stopped] of Object.entries(stops)) {
  t.test(
    `a node that stands still ${when} loses the sealing, and writes nothing when it goes on`,
    { skip },
    async (t) => {
      const { place, nodes, reader } = await twoNodes(t, quick);
      const { child, acknowledged, state } = startNode(t, place);
      await until("the node has the sealing", () => state.sealing === "true" && acknowledged.size > 10);
      await stopped(() => child.kill("SIGSTOP"), place);
      await until("another node has the sealing", () => nodes[0].holdsSealing());
      await until("its chain is closed", async () => (await reader.closedTips()).length === 1);
      const before = await reader.closedTips();
      child.kill("SIGCONT");
      await until("it has tried to seal", () => state.batch !== "");
      t.equal(state.batch, "internal_error", "the next batch is refused to it");
      t.equal((await reader.unsealed(1)).previous, undefined);
      await nodes[0].recordBatch(await nextBatch(reader, 1_000_000));
      const { records, findings } = await readAll(reader);
      t.strictSame([findings, lost(records, acknowledged)], [[], []]);
      t.strictSame((await reader.closedTips()).slice(0, 1), before);
    },
  );
}

/**
 * Does something while no node can copy records; one that was about to does so when it is done.
 * @param work given what waits until a node is about to
 */
async function whileRecordsAreLocked(
  place: PostgresPlace,
  work: (awaited: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const wanted = "SELECT FROM pg_locks WHERE relation = 'sealway.records'::regclass AND NOT granted";
  await server!.administer(async (connection) => {
    await connection.transaction(async () => {
      await connection.script(`
        SET LOCAL idle_in_transaction_session_timeout = 0;
        LOCK TABLE sealway.records IN SHARE MODE
      `);
      await work(() => until("a node waits for it", async () => (await connection.query(wanted)).length > 0));
    });
  }, place.database);
}

t.test("a node for which the database is slow keeps the sealing", { skip }, async (t) => {
  const { place, nodes } = await twoNodes(t, quick);
  const before = await nodes[0].append(request(), sealed);
  t.equal(await nodes[0].holdsSealing(), true);
  let slow: Promise<AppendOutcome> | undefined;
  await whileRecordsAreLocked(place, async (awaited) => {
    slow = nodes[0].append(request(), sealed);
    await awaited();
    await wait(quick.silence + 2 * quick.life);
  });
  t.match(await slow, { outcome: "recorded", writer: (before as { writer: string }).writer, number: 2 });
  t.equal(await nodes[0].holdsSealing(), true);
});

t.test("a node that was cut off does not seal, and comes back as a new writer", { skip }, async (t) => {
  const { place, nodes, reader } = await twoNodes(t, quick);
  const [first, second] = nodes;
  const question = request();
  await first.append(question, sealed);
  t.equal(await first.holdsSealing(), true);
  const batch = await nextBatch(reader, 10);
  await cutOff(place, "sealway log");
  // Whoever has not used its connection since does not know yet that it was cut off.
  await until("the other one has the sealing", () => second.holdsSealing().catch(() => false));
  const isBack = () =>
    first.holdsSealing().then(
      () => true,
      () => false,
    );
  await until("the first one has a session again", isBack);
  t.equal(await first.holdsSealing(), false);
  await t.rejects(first.recordBatch(batch), { code: "internal_error", detail: /another node seals/ });
  await second.recordBatch(batch);
  t.match(await first.append(request(), sealed), { outcome: "recorded", number: 1 });
  t.match(await first.append(sampleAnswer(question, question.time), sealed), {
    outcome: "recorded",
    number: 2,
  });
  t.strictSame((await readAll(reader)).findings, []);
  t.strictSame((await Promise.all(nodes.map((node) => node.openRequests()))).flat(), [], "it lives");
});

/** As if the network took the connections away. */
async function cutOff({ database }: PostgresPlace, name: string): Promise<void> {
  await server!.administer((connection) =>
    connection.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND application_name = $2",
      [database, name],
    ),
  );
}

t.test(
  "one node stamps for all, and another one when it is gone; every record is proven",
  { skip },
  async (t) => {
    const place = await server!.newDatabase();
    const scene = await sealingScene(t, undefined, async () => postgresAt(place));
    const [first, second] = [await scene.open(), await scene.open()];
    const questions = Array.from({ length: 4 }, () => sampleRecord({ time: scene.clock.now() }));
    await first.append(questions[0]!);
    await second.append(questions[1]!);
    t.equal(await first.sealNow(), true);
    t.equal(await second.sealNow(), true, "nothing is left for it");
    t.equal(second.timestampLag(), 0);
    scene.clock.time += 60_000;
    await second.append(questions[2]!);
    t.equal(await second.sealNow(), false, "another one must do it");
    t.ok(
      scene.timers.waiting.some(({ ms }) => ms === 5_000),
      "it looks again soon whether it must",
    );
    await first.close();
    await second.append(questions[3]!);
    t.equal(await second.sealNow(), true);
    await scene.read(async (reader) => {
      for (const { exchangeId } of questions) {
        const { records } = await reader.findExchange(exchangeId);
        t.strictSame(
          records.map((record) => verdictOf(record, scene)),
          ["valid"],
        );
      }
      t.equal((await reader.log.batch(1))!.spans.length, 2);
      t.equal(await reader.log.batch(4), undefined);
    });
  },
);
