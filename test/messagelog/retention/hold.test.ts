import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { uuidV7 } from "../../../src/core/uuid.ts";
import { betweenSpellings } from "../../../src/messagelog/retention/hold-scope.ts";
import type { RetentionOffice } from "../../../src/messagelog/retention/retention-office.ts";
import type { HoldRequest, OrderedScope } from "../../../src/messagelog/retention/retention-orders.ts";
import { testOnStores } from "../../store/test-on-stores.ts";
import { checkChains } from "../check-chains.ts";
import { verdictOf } from "../sealing-scene.ts";
import { day, guest, owner, retentionScene } from "./retention-scene.ts";

const test = await testOnStores();

const run = { order: "run", dryRun: false } as const;
const start = Date.UTC(2026, 10, 22, 12);
const scheme = "urn:dev:personal-code";
const person = "46808039945";
const named = (value: string) => ({ subjects: [{ role: "asked-about", scheme, value }] });

function holdOf(scope: OrderedScope, changes: Partial<HoldRequest> = {}): HoldRequest {
  return {
    ...{ order: "hold", dryRun: false, case: "1-26-4711", authority: "Harju County Court", scope },
    ...{ review: start + 365 * day, by: ["M. Tamm", "K. Kask"], ...changes },
  };
}

async function lift(office: RetentionOffice, hold: string) {
  return office.execute({ ...{ order: "lift", hold, reason: "case closed", by: ["A", "B"], dryRun: false } });
}

test("what a hold covers is kept, and everything else of the day ends in time", async (t, newStore) => {
  const { office, keep, left, stored, clock, vault, bodyFiles, read } = await retentionScene(t, newStore);
  const body = Buffer.alloc(70_000, 1);
  const [held, other] = [await keep({ body }), await keep({ body })];
  const dayKey = (await stored(held)).head.keyId;
  const placed = await office.execute(holdOf({ kind: "exchanges", ids: [held] }));
  t.match(placed, { records: 1 });
  t.notOk((await stored(held)).head.keyId.equals(dayKey), "it is under another key at once");
  t.equal(await left(held), "readable readable");
  clock.time += 40 * day;
  t.match(await office.execute(run), { keys: 2, held: 2 });
  t.strictSame(await vault.find(dayKey), { state: "destroyed" });
  t.equal(await left(other), "erased erased");
  t.equal(await left(held), "readable readable");
  t.equal(bodyFiles().length, 1);
  await read(async (reader) => {
    for await (const finding of checkChains(reader.log)) t.fail(finding.finding);
  });

  t.match(await lift(office, placed.hold), { keys: 2 });
  t.equal(await left(held), "erased erased", "lifting resumes retention at once");
  t.equal(bodyFiles().length, 0);
});

test("lifted before its time, what was held ends when it would have ended", async (t, newStore) => {
  const { office, keep, left, clock } = await retentionScene(t, newStore);
  const id = await keep();
  const { hold } = await office.execute(holdOf({ kind: "exchanges", ids: [id] }));
  clock.time += 5 * day;
  t.match(await lift(office, hold), { keys: 0 });
  t.equal(await left(id), "readable not-kept");
  clock.time += 26 * day;
  await office.execute(run);
  t.equal(await left(id), "erased not-kept");
});

test("a hold on a pair and period covers what comes later, too", async (t, newStore) => {
  const { office, keep, left, clock } = await retentionScene(t, newStore);
  const pair = { client: `${owner}/benefits`, service: `${guest}/x/y` };
  const before = await keep(pair);
  clock.time += day;
  const period = { from: clock.time, to: clock.time + 3 * day };
  const scope = { kind: "pair", consumer: owner, provider: `${guest}/x`, period } as const;
  await office.execute(holdOf(scope));
  const inside = await keep(pair);
  const others = [
    await keep({ ...pair, client: `${guest}/benefits` }),
    await keep({ ...pair, service: `${guest}/xy/y` }),
  ];
  clock.time += 3 * day;
  const after = await keep(pair);
  clock.time += 50 * day;
  await office.execute(run);
  t.equal(await left(inside), "readable not-kept");
  for (const id of [before, after, ...others]) t.equal(await left(id), "erased not-kept");
});

test("a hold on a person finds him by his tags, names him nowhere, and forgets him with its end", async (t, newStore) => {
  const { office, keep, left, clock, directory, vault } = await retentionScene(t, newStore);
  const [early, other] = [await keep(named(person)), await keep(named("38001085718"))];
  const scope = { kind: "subject", scheme, value: person, period: { from: 0, to: null } } as const;
  t.match(await office.execute(holdOf(scope, { dryRun: true })), { records: 1 });
  t.strictSame((await office.execute({ order: "list", dryRun: false })).holds, [], "tried, not placed");
  const { hold } = await office.execute(holdOf(scope));
  clock.time += 60 * day;
  const late = await keep(named(person));
  clock.time += 60 * day;
  await office.execute(run);
  t.equal(await left(early), "readable not-kept");
  t.equal(await left(late), "readable not-kept");
  t.equal(await left(other), "erased not-kept");
  for (const file of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue;
    t.notOk(readFileSync(join(file.parentPath, file.name)).includes(person), `${file.name} names nobody`);
  }
  await lift(office, hold);
  const keys = [];
  for await (const some of vault.keys()) keys.push(...some.filter(({ part }) => part === "hold"));
  t.strictSame(keys, []);
  t.equal(await left(early), "erased not-kept");
});

test("a hold on a person covers all the spellings that it is given", async (t, newStore) => {
  const { office, keep, left, clock } = await retentionScene(t, newStore);
  const spellings = ["EE382200221020145685", "EE38 2200 2210 2014 5685"];
  const records = [];
  for (const value of [...spellings, "EE382200221020145686"]) records.push(await keep(named(value)));
  const value = spellings.join(betweenSpellings);
  const scope = { kind: "subject", scheme, value, period: { from: 0, to: null } } as const;
  t.match(await office.execute(holdOf(scope)), { records: 2 });
  clock.time += 60 * day;
  await office.execute(run);
  const found = [];
  for (const id of records) found.push(await left(id));
  t.strictSame(found, ["readable not-kept", "readable not-kept", "erased not-kept"]);
});

test("a person is named in one message: the whole exchange is held", async (t, newStore) => {
  for (const namedIn of [0, 1]) {
    const { office, keep, stored, left, clock, read } = await retentionScene(t, newStore);
    const scope = { kind: "subject", scheme, value: person, period: { from: 0, to: null } } as const;
    const request = await keep(namedIn === 0 ? named(person) : {});
    const answer = { exchangeId: request, type: "response", direction: "received" } as const;
    const guard = { effect: "close" } as const;
    if (namedIn === 0) await office.execute(holdOf(scope));
    await keep({ ...answer, guard, ...(namedIn === 1 && named(person)) });
    if (namedIn === 1) t.match(await office.execute(holdOf(scope)), { records: 2 });
    clock.time += 40 * day;
    await office.execute(run);
    t.equal(await left(request), "readable not-kept");
    await read(async (reader) => {
      const states = (await reader.findExchange(request)).records.map(({ head }) => head.state);
      t.strictSame(states, ["readable", "readable"], `named in message ${namedIn}`);
    });
    t.ok(await stored(request));
  }
});

test("two holds that come to one record at once keep its large body", async (t, newStore) => {
  const { office, keep, left, clock } = await retentionScene(t, newStore);
  const period = { from: 0, to: null };
  const pair = { kind: "pair", consumer: owner, provider: guest, period } as const;
  const holds = [
    (await office.execute(holdOf(pair))).hold,
    (await office.execute(holdOf({ kind: "subject", scheme, value: person, period }))).hold,
  ];
  const id = await keep({ ...named(person), body: Buffer.alloc(70_000) });
  clock.time += 40 * day;
  await office.execute(run);
  await lift(office, holds[0]!);
  t.equal(await left(id), "readable readable");
  await lift(office, holds[1]!);
  t.equal(await left(id), "erased erased");
});

test("under two holds a record is kept until both are lifted, whichever ends first", async (t, newStore) => {
  for (const first of [0, 1]) {
    const { office, keep, left, clock } = await retentionScene(t, newStore);
    const id = await keep({ body: Buffer.from("small") });
    const holds = [
      (await office.execute(holdOf({ kind: "exchanges", ids: [id] }, { case: "A" }))).hold,
      (await office.execute(holdOf({ kind: "exchanges", ids: [id] }, { case: "B" }))).hold,
    ];
    clock.time += 40 * day;
    await office.execute(run);
    await lift(office, holds[first]!);
    t.equal(await left(id), "readable readable", `hold ${first} lifted`);
    await lift(office, holds[1 - first]!);
    t.equal(await left(id), "erased erased");
  }
});

test("a held exchange cannot be erased alone", async (t, newStore) => {
  const { office, keep, left } = await retentionScene(t, newStore);
  const scope = { kind: "subject", scheme, value: person, period: { from: 0, to: null } } as const;
  await office.execute(holdOf(scope));
  const id = await keep(named(person));
  const order = {
    order: "erase",
    exchangeId: id,
    reason: "asked for",
    by: "M. Tamm",
    dryRun: false,
  } as const;
  await t.rejects(office.execute(order), { code: "legal_hold" });
  t.equal(await left(id), "readable not-kept");
});

test("a hold needs two people and a review date to come", async (t, newStore) => {
  const { office, keep } = await retentionScene(t, newStore);
  const scope = { kind: "exchanges", ids: [await keep()] } as const;
  for (const by of [
    ["M. Tamm", "m. tamm "],
    ["M. Tamm", ""],
  ] as const) {
    await t.rejects(office.execute(holdOf(scope, { by })), { code: "bad_request" });
  }
  await t.rejects(office.execute(holdOf(scope, { review: start })), { code: "bad_request" });
  await t.rejects(lift(office, "0193"), { code: "bad_request" });
  t.strictSame((await office.execute({ order: "list", dryRun: false })).holds, []);
});

test("a hold that is ordered again by its id is the one that was placed", async (t, newStore) => {
  const { office, keep, clock } = await retentionScene(t, newStore);
  const [one, other] = [await keep(), await keep()];
  const hold = uuidV7(start);
  const wanted = holdOf({ kind: "exchanges", ids: [one, other] }, { hold, review: start + day });
  t.match(await office.execute(wanted), { hold, records: 2 });
  clock.time += 2 * day;
  t.match(await office.execute(wanted), { hold, records: 2 }, "although its review is over");
  const { holds } = await office.execute({ order: "list", dryRun: false });
  t.match(holds, [{ hold }]);
  for (const changes of [
    { case: "another" },
    { authority: "another" },
    { scope: { kind: "exchanges", ids: [one] } as const },
  ]) {
    const otherwise = { ...wanted, ...changes };
    await t.rejects(office.execute(otherwise), { code: "bad_request", detail: /is of another case/ });
  }
  const period = { from: 0, to: null };
  const subject = holdOf({ kind: "subject", scheme, value: person, period }, { hold: uuidV7(start) });
  await office.execute(subject);
  t.match(await office.execute(subject), { hold: subject.hold }, "whoever is named");
  const someoneElse = { ...subject, scope: { ...subject.scope, value: "46808039946" } as OrderedScope };
  await t.rejects(office.execute(someoneElse), { code: "bad_request", detail: /is of another case/ });
  await lift(office, hold);
  await t.rejects(office.execute(wanted), { code: "bad_request" }, "and none once it is lifted");
});

test("holds are listed, and stale when nobody reviewed them in time", async (t, newStore) => {
  const { office, officeOf, log, keep, clock } = await retentionScene(t, newStore);
  const scope = { kind: "exchanges", ids: [await keep()] } as const;
  await office.execute(holdOf(scope));
  const list = async () => (await office.execute({ order: "list", dryRun: false })).holds;
  t.match(await list(), [{ case: "1-26-4711", state: "in-force", records: 1, by: ["M. Tamm", "K. Kask"] }]);
  clock.time += 366 * day;
  t.match(await list(), [{ state: "stale" }]);
  t.strictSame(office.state().stale, ["1-26-4711"]);
  const next = officeOf(log);
  await next.start();
  t.strictSame(next.state().stale, ["1-26-4711"], "after a restart, too");
  await lift(office, (await list())[0]!.hold);
  t.match(await list(), [{ state: "lifted" }]);
  t.strictSame(office.state().stale, []);
});

test("evidence of a held record verifies as before", async (t, newStore) => {
  const scene = await retentionScene(t, newStore);
  const id = await scene.keep();
  await scene.log.sealNow();
  const verdict = () =>
    scene.read(async (reader) => verdictOf((await reader.findExchange(id)).records[0]!, scene));
  t.equal(await verdict(), "valid");
  await scene.office.execute(holdOf({ kind: "exchanges", ids: [id] }));
  t.equal(await verdict(), "valid");
});

test("a hold whose person cannot be read any more stops every erasure", async (t, newStore) => {
  const { office, keep, left, clock, vault } = await retentionScene(t, newStore);
  const id = await keep(named("38001085718"));
  const scope = { kind: "subject", scheme, value: person, period: { from: 0, to: null } } as const;
  await office.execute(holdOf(scope));
  for await (const some of vault.keys()) {
    for (const { id: key, part } of some) if (part === "hold") await vault.destroy(key, clock.now());
  }
  clock.time += 40 * day;
  await t.rejects(office.execute(run), /key of its subject is destroyed/);
  t.equal(await left(id), "readable not-kept");
});
