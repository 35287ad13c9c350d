import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import t from "tap";
import { TrafficTally } from "../../src/assembly/console/traffic-desk.ts";
import { type ClientId, type MemberId, type ServerId, type ServiceId, unsafeId } from "../../src/core/ids.ts";
import type { ExchangeEnd } from "../../src/exchange/exchange-monitor.ts";
import { MonitoringJournal } from "../../src/http/monitoring-journal.ts";
import type { RowQuery } from "../../src/http/monitoring-query.ts";
import { sightOf } from "../../src/http/monitoring-row.ts";
import { ServiceStatistics } from "../../src/http/monitoring-statistics.ts";
import { RowTail } from "../../src/http/monitoring-tail.ts";

/* The files of operational monitoring, and the figures of services, on a clock that the test turns. */

const day = 86_400_000;
const begin = 1_795_000_000_000;
const service = unsafeId<ServiceId>("DEV/GOV/1/a/s");

class Hands {
  time = begin;
  now(): number {
    return this.time;
  }
}

function end(exchangeId: string, more: Partial<ExchangeEnd> = {}, account: object = {}): ExchangeEnd {
  return {
    ...{ role: "provider", outcome: "answered", code: null, milliseconds: 5 },
    account: {
      ...{ exchangeId, client: unsafeId<ClientId>("DEV/GOV/2/b"), service: { id: service, version: "1" } },
      ...{ endpoint: { method: "GET", template: "/a" }, clientServer: unsafeId<ServerId>("DEV/GOV/2/ss") },
      ...{
        serviceServer: unsafeId<ServerId>("DEV/GOV/1/ss"),
        messageId: null,
        trace: null,
        requestIn: begin,
      },
      ...{ requestOut: begin + 1, responseIn: begin + 4, responseOut: begin + 5 },
      ...{ requestBytes: null, responseBytes: 7, status: 200 },
      ...account,
    },
    ...more,
  };
}

const everything: RowQuery = {
  ...{ from: 0, to: 1e15, after: undefined, limit: 10_000, containing: "" },
  tell: ({ exchangeId, at }) => `${exchangeId}@${at - begin / 1000}`,
};

async function scene(
  t: { teardown(close: () => unknown): void },
  more: { retentionDays?: number; mostBytes?: number; directory?: string } = {},
) {
  const directory = more.directory ?? mkdtempSync(join(tmpdir(), "sealway-journal-"));
  const clock = new Hands();
  const journal = await MonitoringJournal.open({
    ...{ clock, retentionDays: 7, mostBytes: 2 ** 30 },
    ...more,
    directory,
  });
  t.teardown(async () => {
    await journal.close();
    rmSync(directory, { recursive: true, force: true });
  });
  const write = async (...ids: string[]) => {
    for (const id of ids) journal.ended(end(id));
    await journal.flush();
  };
  const ids = async (query: Partial<RowQuery> = {}) =>
    (await journal.read({ ...everything, ...query })).records;
  return { directory, clock, journal, write, ids };
}

t.test("rows come back in their order, across files and runs", async (t) => {
  const { directory, clock, journal, write, ids } = await scene(t);
  await write("a", "b");
  clock.time += 2 * 3_600_000;
  await write("c");
  t.equal(readdirSync(directory).length, 2, "a file for each hour in which there was something");
  t.same(await ids(), ["a@0", "b@0", "c@7200"]);
  await journal.close();
  journal.ended(end("late"));
  t.equal(journal.dropped, 1, "a closed journal takes nothing");
  const again = await scene(t, { directory });
  again.clock.time = clock.time;
  await again.write("d");
  t.same(await again.ids(), ["a@0", "b@0", "c@7200", "d@7200"]);
  t.same(await again.ids({ from: begin / 1000 + 1 }), ["c@7200", "d@7200"]);
  t.same(await again.ids({ to: begin / 1000 + 1 }), ["a@0", "b@0"]);
  t.equal(statSync(directory).mode & 0o777, 0o700 & statSync(directory).mode);
  for (const name of readdirSync(directory)) t.equal(statSync(join(directory, name)).mode & 0o777, 0o600);
});

t.test("pages of any length are the whole, in order and once", async (t) => {
  const { clock, write, journal, ids } = await scene(t);
  for (const some of [["a", "b", "c"], ["d"], ["e", "f"]]) {
    await write(...some);
    clock.time += 4_000_000;
  }
  const whole = await ids();
  for (let limit = 1; limit <= 7; limit++) {
    const paged: string[] = [];
    let after: RowQuery["after"];
    do {
      const page = await journal.read({ ...everything, after, limit });
      paged.push(...page.records);
      t.ok(page.records.length <= limit);
      after = page.next;
    } while (after !== undefined);
    t.strictSame(paged, whole, `${limit} at a time`);
  }
});

t.test("rows that are too old go, also when nothing new comes", async (t) => {
  const { directory, clock, journal, write, ids } = await scene(t, { retentionDays: 2 });
  await write("old");
  clock.time += day;
  await write("young");
  clock.time += day + 3_600_001;
  await write("new");
  t.same(await ids(), [`young@${day / 1000}`, `new@${Math.floor((2 * day + 3_600_001) / 1000)}`]);
  await journal.close();
  const later = new Hands();
  later.time = clock.time + 3 * day;
  const again = await MonitoringJournal.open({
    directory,
    clock: later,
    retentionDays: 2,
    mostBytes: 2 ** 30,
  });
  t.same(readdirSync(directory), []);
  await again.close();
});

t.test("more than the disk is to hold: the oldest go", async (t) => {
  const { directory, clock, write, ids } = await scene(t, { mostBytes: 17 * 2 ** 20 });
  await write("a");
  const [name] = readdirSync(directory);
  appendFileSync(join(directory, name!), `${" ".repeat(2 ** 20 - 1)}\n`);
  clock.time += 4_000_000;
  await write("b");
  t.same(await ids(), ["b@4000"]);
});

t.test("a torn end, and lines that are no rows, are left out", async (t) => {
  const { directory, clock, write, journal } = await scene(t);
  await write("a", "b");
  await journal.close();
  const [name] = readdirSync(directory);
  const path = join(directory, name!);
  writeFileSync(path, `${readFileSync(path, "utf8").slice(0, -20)}`);
  writeFileSync(join(directory, "000000000000001.jsonl"), 'null\n{"at":\n[]\n42\n');
  writeFileSync(join(directory, "notes.txt"), "not ours\n");
  const again = await scene(t, { directory });
  again.clock.time = clock.time + 10;
  await again.write("c");
  t.same(await again.ids(), ["a@0", "c@0"]);
});

t.test("a clock that is set back makes no disorder", async (t) => {
  const { directory, clock, write, ids, journal } = await scene(t);
  clock.time += 7_000_000;
  await write("a");
  clock.time -= 7_000_000;
  await write("b");
  t.same(await ids(), ["a@7000", "b@7000"]);
  await journal.close();
  const again = await scene(t, { directory });
  await again.write("c");
  t.same(await again.ids(), ["a@7000", "b@7000", "c@7000"]);
});

t.test("a folder that cannot be written loses rows, and heals", async (t) => {
  const { directory, journal, write, ids } = await scene(t);
  rmSync(directory, { recursive: true });
  writeFileSync(directory, "a file in its place");
  await write("a", "b");
  t.same([journal.kept, journal.dropped, journal.failure], [0, 2, "ENOTDIR"]);
  t.same(await ids(), []);
  rmSync(directory);
  const again = await scene(t, { directory });
  await again.write("c");
  t.same([again.journal.kept, again.journal.failure], [1, undefined]);
});

t.test("what waits is bounded, and a stranger's call is no row", async (t) => {
  const { journal } = await scene(t);
  journal.ended(end("", { account: null }));
  for (let i = 0; i < 20_100; i++) journal.ended(end(`${i}`));
  t.equal(journal.dropped, 100);
  await journal.flush();
  t.equal(journal.kept, 20_000);
});

t.test("statistics of ten minutes agree with the figures that they were made of", async (t) => {
  const durations = fc.array(fc.tuple(fc.nat(1000), fc.nat(20)), { minLength: 1, maxLength: 60 });
  const property = fc.property(durations, (calls) => {
    const clock = new Hands();
    const statistics = new ServiceStatistics([service], clock);
    const all: { at: number; ms: number }[] = [];
    for (const [ms, minutes] of calls) {
      clock.time += minutes * 60_000;
      statistics.ended(end("x", {}, { requestIn: clock.time - ms, responseOut: clock.time }));
      all.push({ at: Math.floor(clock.time / 60_000), ms });
    }
    const now = Math.floor(clock.time / 60_000);
    const within = all.filter(({ at }) => at > now - 10).map(({ ms }) => ms);
    const { succeeded, duration } = statistics.period(service);
    const average = within.reduce((sum, ms) => sum + ms, 0) / within.length;
    return (
      succeeded === within.length &&
      duration!.min === Math.min(...within) &&
      duration!.max === Math.max(...within) &&
      Math.abs(duration!.average - average) < 1e-6
    );
  });
  t.doesNotThrow(() => fc.assert(property));
});

t.test("who sees a row: the two parties, and the owner without what it came to", async (t) => {
  const owner = unsafeId<MemberId>("DEV/GOV/1");
  const sight = (client: string, row = { client: "DEV/GOV/2/b", service: "DEV/GOV/3/a/s" }) =>
    sightOf(
      {
        client: unsafeId<ClientId>(row.client),
        service: { id: unsafeId<ServiceId>(row.service), version: "1" },
      },
      { client: unsafeId<ClientId>(client), owner },
    );
  t.equal(sight("DEV/GOV/2/b"), "whole");
  t.equal(sight("DEV/GOV/3/a"), "whole");
  t.equal(sight("DEV/GOV/1"), "without-answer");
  t.equal(sight("DEV/GOV/1", { client: "DEV/GOV/1/x", service: "DEV/GOV/3/a/s" }), "whole");
  for (const other of [
    "DEV/GOV/1/x",
    "DEV/GOV/2",
    "DEV/GOV/2/bb",
    "DEV/GOV/2/c",
    "DEV/GOV/3",
    "DEV/GOV/3/aa",
    "DEV/GOV/4/a",
  ])
    t.equal(sight(other), "nothing", other);
});

t.test(
  "another process reads each row once, and a line that is being written when it is whole",
  async (t) => {
    const { directory, journal, clock } = await scene(t);
    const tail = new RowTail(directory);
    const seen = async () => {
      const ids: string[] = [];
      await tail.look(({ exchangeId }) => ids.push(exchangeId));
      return ids;
    };
    t.strictSame(await seen(), [], "before there are any");
    journal.ended(end("a"));
    await journal.flush();
    t.strictSame(await seen(), ["a"]);
    t.strictSame(await seen(), []);
    const [file] = readdirSync(directory);
    const line = `${JSON.stringify({ at: begin / 1000, exchangeId: "torn" })}\n`;
    appendFileSync(join(directory, file!), line.slice(0, 20));
    t.strictSame(await seen(), [], "half a line");
    appendFileSync(join(directory, file!), `${line.slice(20)}no row\n`);
    t.strictSame(await seen(), ["torn"]);
    clock.time += day / 12;
    journal.ended(end("b"));
    await journal.flush();
    t.equal(readdirSync(directory).length, 2);
    t.strictSame(await seen(), ["b"], "in the next file");
    t.strictSame(await new RowTail(join(directory, "none")).look(() => t.fail()), undefined);
  },
);

t.test("traffic is counted by minutes: how many, how fast, why not, with whom", async (t) => {
  const { directory, journal, clock } = await scene(t);
  const tally = new TrafficTally(directory, clock);
  for (let i = 0; i < 19; i++) journal.ended(end(`${i}`, {}, { responseOut: begin + 20 }));
  journal.ended(end("slow", {}, { responseOut: begin + 2000 }));
  journal.ended(end("no", { outcome: "refused", code: "access_denied" }));
  await journal.flush();
  clock.time += 10 * 60_000;
  const failed = { role: "consumer", outcome: "failed", code: "service_timeout" } as const;
  journal.ended(end("out", failed));
  await journal.flush();
  const { codes, peers, points } = await tally.last(1, 5);
  t.equal(points.length, 12);
  const sums = points.map(({ answered, failed, refused }) => [answered, refused, failed].join(" "));
  t.strictSame(
    sums.filter((sum) => sum !== "0 0 0"),
    ["20 1 0", "0 0 1"],
  );
  const busy = points.find(({ answered }) => answered > 0)!;
  t.ok(busy.median! >= 20 && busy.median! <= 22, `median ${busy.median}`);
  t.ok(busy.slow! <= 22, `19 of 20 took ${busy.slow}`);
  t.equal(points.at(-1)!.median, null, "where nothing was answered nothing is measured");
  t.strictSame(
    codes.map(({ code, count, role }) => `${role} ${code} ${count}`),
    ["provider access_denied 1", "consumer service_timeout 1"],
  );
  t.match(peers, [
    { server: "DEV/GOV/1/ss", failed: 1, lastFailureCode: "service_timeout" },
    { server: "DEV/GOV/2/ss", answered: 20, refused: 1, failed: 0, lastFailure: null },
  ]);
});

t.test("traffic is counted again after a file could not be read, and each row once", async (t) => {
  const { directory, journal, clock } = await scene(t);
  const tally = new TrafficTally(directory, clock);
  journal.ended(end("a"));
  await journal.flush();
  // A folder is opened, and not read.
  const unreadable = join(directory, "999999999999999.jsonl");
  mkdirSync(unreadable);
  writeFileSync(join(unreadable, "some"), "");
  await t.rejects(tally.last(1, 60), { code: "EISDIR" });
  rmSync(unreadable, { recursive: true });
  clock.time += 3_000;
  const { points } = await tally.last(1, 60);
  t.equal(
    points.reduce((sum, { answered }) => sum + answered, 0),
    1,
  );
});
