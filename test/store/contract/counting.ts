import type { Test } from "tap";
import { systemClock } from "../../../src/core/clock.ts";
import type { CounterUse, MessageRecord } from "../../../src/messagelog/message-record.ts";
import type { MessageStore } from "../../../src/messagelog/message-store.ts";
import { sampleAnswer, sampleRecord } from "../../messagelog/sample-record.ts";
import { type NewLog, readAll, request, sealed } from "./log-under-test.ts";

/** How every driver's `MessageStore` counts what records use; each is a test of its own. */
export const countingContract: Readonly<Record<string, (t: Test, newLog: NewLog) => Promise<void>>> = {
  "of 50 parallel records that use a counter as many are written as it has uses": exact,
  "a record that uses several counters uses all of them or none, and its neighbours are not disturbed":
    allOrNone,
  "the same message again uses nothing, and is no use either": resent,
  "counts outlive a restart": restarted,
  "a record that closes an exchange gives a use back, once": givenBack,
  "a counter that has expired counts from the beginning": expired,
  "what was counted elsewhere counts here, and lowers nothing": countedElsewhere,
};

const hour = 3_600_000;

export function use(counter: string, limit: number, expires = systemClock.now() + hour): CounterUse {
  return { counter, limit, expires };
}

export function using(...uses: CounterUse[]): MessageRecord {
  return { ...request(), uses };
}

/** What came of it, in one word; a record that was written by its counts. */
async function told(store: MessageStore, record: MessageRecord): Promise<unknown> {
  const outcome = await store.append(record, sealed);
  if (outcome.outcome === "recorded") return outcome.uses ?? "recorded";
  return outcome.outcome === "exhausted" ? outcome.counter : outcome.outcome;
}

async function exact(t: Test, newLog: NewLog): Promise<void> {
  const log = await newLog(t);
  const store = await log.open();
  const records = Array.from({ length: 50 }, () => using(use("quota/one", 20)));
  const outcomes = await Promise.all(records.map((record) => store.append(record, sealed)));
  const written = outcomes.flatMap((outcome) => (outcome.outcome === "recorded" ? [outcome] : []));
  t.strictSame(
    written.map(({ uses, number }) => [uses, number]),
    Array.from({ length: 20 }, (_, i) => [[i + 1], i + 1]),
  );
  const first = records[0]!.exchangeId;
  const spent = outcomes.filter(({ outcome }) => outcome === "exhausted");
  t.strictSame(
    spent,
    spent.map(() => ({ outcome: "exhausted", counter: "quota/one", first })),
  );
  t.equal(spent.length, 30);
  t.strictSame(await told(store, using(use("quota/one", 21))), [21], "the limit is the record's");
  t.strictSame(await told(store, using(use("quota/none", 0))), "quota/none");
  t.match(await store.append(using(use("quota/none", 0)), sealed), { outcome: "exhausted", first: null });
  const { records: kept, findings } = await readAll(log.reader());
  t.strictSame([kept.length, findings], [21, []]);
}

async function allOrNone(t: Test, newLog: NewLog): Promise<void> {
  const log = await newLog(t);
  const store = await log.open();
  const [many, few] = ["quota/day", "permission/x"];
  const group = [
    using(use(many, 10), use(few, 1)),
    using(use(many, 10), use(few, 1)),
    request(),
    using(use(few, 1), use(many, 10)),
    using(use(many, 10)),
    { ...request(), uses: [] },
  ];
  t.strictSame(await Promise.all(group.map((record) => told(store, record))), [
    ...[[1, 1], few, "recorded"],
    ...[few, [2], "recorded"],
  ]);
  // What was refused is not in the guard: it may come again, under the same id and signature, or be answered never.
  const again = { ...group[1]!, uses: [use(many, 10)] };
  await t.rejects(store.append(sampleAnswer(again, again.time), sealed), { code: "internal_error" });
  t.strictSame(await told(store, again), [3]);
  t.match(await store.append(sampleAnswer(again, again.time), sealed), { outcome: "recorded", number: 6 });
  t.strictSame((await readAll(log.reader())).findings, []);
}

async function resent(t: Test, newLog: NewLog): Promise<void> {
  const log = await newLog(t);
  const store = await log.open();
  const only = using(use("permission/once", 1));
  const same = await Promise.all([only, only].map((record) => told(store, record)));
  t.strictSame(same, [[1], "resend"]);
  t.match(await store.append(only, sealed), { outcome: "resend", state: "open" }, "though nothing is left");
  await store.append(sampleAnswer(only, only.time), sealed);
  t.match(await store.append(only, sealed), { outcome: "resend", state: "closed" });
  const other = sampleRecord({ time: systemClock.now(), exchangeId: only.exchangeId });
  const forged = { ...other, uses: [use("permission/other", 1)] };
  t.match(await store.append(forged, sealed), { outcome: "replay" });
  t.strictSame(await told(store, using(use("permission/other", 1))), [1], "a replay used nothing");
  const twice = using(use("permission/once", 1));
  t.strictSame(await Promise.all([twice, twice].map((record) => told(store, record))), [
    "permission/once",
    "permission/once",
  ]);
}

async function restarted(t: Test, newLog: NewLog): Promise<void> {
  const log = await newLog(t);
  const first = await log.open();
  t.strictSame(await told(first, using(use("quota/day", 2))), [1]);
  await first.close();
  const second = await log.open();
  t.strictSame(await told(second, using(use("quota/day", 2))), [2]);
  t.strictSame(await told(second, using(use("quota/day", 2))), "quota/day");
}

async function givenBack(t: Test, newLog: NewLog): Promise<void> {
  const log = await newLog(t);
  const store = await log.open();
  const question = using(use("quota/day", 1), use("permission/x", 1));
  t.strictSame(await told(store, question), [1, 1]);
  const returns = ["quota/day", "permission/x", "quota/unknown"];
  const fault = { ...sampleAnswer(question, question.time), returns };
  t.strictSame(await told(store, fault), "recorded");
  t.strictSame(await told(store, fault), "resend", "the same closing record gives nothing back");
  const next = await Promise.all([1, 2].map(() => told(store, using(use("quota/day", 1)))));
  t.strictSame(next, [[1], "quota/day"]);
  const late = { ...sampleAnswer(question, question.time + 1), returns };
  t.strictSame(await told(store, late), "replay");
  t.strictSame(await told(store, using(use("quota/day", 1))), "quota/day");
  t.strictSame(await told(store, using(use("quota/unknown", 1))), [1], "never below nothing");
  const [one, other] = [using(use("quota/two", 1)), using(use("quota/two", 1))];
  await told(store, one);
  const closing = { ...sampleAnswer(one, one.time), returns: ["quota/two"] };
  const group = await Promise.all([closing, other].map((record) => told(store, record)));
  t.strictSame(group, ["recorded", [1]], "what one record gives back, the next one of its group may use");
}

async function countedElsewhere(t: Test, newLog: NewLog): Promise<void> {
  const log = await newLog(t);
  const store = await log.open();
  const expires = systemClock.now() + hour;
  const [used, unknown] = ["permission/used", "quota/unknown"];
  for (let n = 0; n < 3; n++) await told(store, using(use(used, 9)));
  await store.takeUses([]);
  const elsewhere = { used: 2, expires, noted: "taken/used" };
  for (let time = 1; time <= 2; time++)
    await store.takeUses([
      { ...elsewhere, counter: used },
      { counter: unknown, used: 4, expires, noted: "taken/unknown" },
    ]);
  t.strictSame(await told(store, using(use(used, 9), use(unknown, 9))), [6, 5], "both count; once");
  await store.takeUses([{ ...elsewhere, counter: used, used: 5 }]);
  await store.takeUses([{ ...elsewhere, counter: used, used: 4 }]);
  t.strictSame(await told(store, using(use(used, 9))), used);
  t.match(await store.append(using(use(used, 9)), sealed), { outcome: "exhausted" });
  const several = { counter: "permission/several", expires };
  await store.takeUses([
    { ...several, used: 2, noted: "taken/one" },
    { ...several, used: 3, noted: "taken/other" },
    { ...several, used: 1, noted: "taken/one" },
  ]);
  t.strictSame(await told(store, using(use("permission/several", 9))), [6], "of several servers at once");
  await store.takeUses([{ counter: "permission/full", used: 2, expires, noted: "taken/full" }]);
  t.match(await store.append(using(use("permission/full", 2)), sealed), {
    outcome: "exhausted",
    first: null,
  });
}

async function expired(t: Test, newLog: NewLog): Promise<void> {
  const log = await newLog(t);
  const store = await log.open();
  const now = systemClock.now();
  const at = (time: number, limit: number, expires: number): MessageRecord => {
    return { ...sampleRecord({ time }), uses: [use("query/x", limit, expires)] };
  };
  const first = at(now, 1, now + 1000);
  t.strictSame(await told(store, first), [1]);
  t.match(await store.append(at(now + 999, 1, now + 5000), sealed), {
    outcome: "exhausted",
    first: first.exchangeId,
  });
  const second = at(now + 1000, 1, now + 2000);
  t.strictSame(await told(store, second), [1]);
  t.match(await store.append(at(now + 1999, 1, now + 5000), sealed), {
    outcome: "exhausted",
    first: second.exchangeId,
  });
  t.strictSame(await told(store, at(now + 1999, 2, now + 3000)), [2], "a later use lets it live longer");
  t.strictSame(await told(store, at(now + 2999, 2, now + 3000)), "query/x");
  t.strictSame(await told(store, at(now + 3000, 2, now + 4000)), [1]);
}
