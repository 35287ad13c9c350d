import { readdirSync, truncateSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import type { Test } from "tap";
import { sha256, toBase64Url } from "../../../src/core/bytes.ts";
import { uuidV7 } from "../../../src/core/uuid.ts";
import type { ContextDocument, MessageRecord } from "../../../src/messagelog/message-record.ts";
import type { LogReader } from "../../../src/messagelog/message-store.ts";
import { findingByPlace } from "../../../src/messagelog/search/find-by-place.ts";
import { IndexBuilder } from "../../../src/messagelog/search/index-builder.ts";
import { SegmentFiles } from "../../../src/messagelog/search/segment-files.ts";
import { sampleRecord } from "../../messagelog/sample-record.ts";
import { type NewLog, nextBatch, readAll, sealed } from "./log-under-test.ts";

const now = Date.UTC(2026, 10, 22);

/** What every driver's `LogReader` finds, and how batches cover a log; each is a test of its own. */
export const readingContract: Readonly<Record<string, (t: Test, newLog: NewLog) => Promise<void>>> = {
  "every exchange is found, however clocks and ids jump, across writers": everyExchange,
  "an exchange is found by the places that the index names, and by time where it does not help": byPlace,
  "heads are read by name, of several writers at once, and what is not there is left out": heads,
  "a limit cuts a backlog into batches that follow each other across writers": backlog,
  "a batch that does not follow the last one is refused": follows,
  "documents and OCSP responses are kept once, and a batch takes the new documents": documents,
};

async function everyExchange(t: Test, newLog: NewLog): Promise<void> {
  const log = await newLog(t);
  await (await log.open()).close();
  const reader = log.reader();
  const jump = fc.oneof(fc.integer({ min: -100, max: 3000 }), fc.integer({ min: -90_000, max: 200_000 }));
  const run = fc.array(fc.record({ jump, skew: jump }), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(fc.array(run, { minLength: 1, maxLength: 3 }), async (runs) => {
      let time = now;
      const records: MessageRecord[] = [];
      for (const run of runs) {
        const group = run.map(({ jump, skew }) => {
          time += jump;
          return sampleRecord({ time, exchangeId: uuidV7(time + skew) });
        });
        const store = await log.open();
        await Promise.all(group.map((record) => store.append(record, sealed)));
        await store.close();
        records.push(...group);
      }
      for (const { exchangeId, signature } of records) {
        const found = await reader.find(exchangeId);
        t.strictSame(
          found.map((record) => record.signature),
          [signature],
        );
      }
    }),
    { numRuns: 8 },
  );
  t.strictSame(await reader.find(uuidV7(now)), []);
}

/** Counts the times that the log itself is asked. */
function counting(reader: LogReader): { readonly reader: LogReader; readonly asked: string[] } {
  const asked: string[] = [];
  const find: LogReader["find"] = (exchangeId) => {
    asked.push(exchangeId);
    return reader.find(exchangeId);
  };
  const counted = new Proxy(reader, {
    get: (target, name) => {
      if (name === "find") return find;
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  return { reader: counted, asked };
}

async function byPlace(t: Test, newLog: NewLog): Promise<void> {
  const log = await newLog(t);
  const directory = join(t.testdir({}), "search");
  const ids = Array.from({ length: 4 }, (_, i) => uuidV7(now - 60_000 + i));
  const append = async (part: readonly string[], effect: "open" | "close") => {
    const store = await log.open();
    for (const [i, exchangeId] of part.entries()) {
      const record = sampleRecord({ time: now + i, exchangeId });
      const type = effect === "open" ? "request" : "response";
      await store.append({ ...record, type, guard: { ...record.guard, effect } }, sealed);
    }
    await store.close();
  };
  const index = async () => {
    const builder = new IndexBuilder(log.reader(), new SegmentFiles(directory));
    await builder.advance();
    builder.close();
  };
  await append(ids.slice(0, 3), "open");
  const { reader: counted, asked } = counting(log.reader());
  const reader = findingByPlace(counted, directory);
  const check = async (id: string, what: string) => {
    t.strictSame(await reader.find(id), await log.reader().find(id), what);
  };
  await check(ids[0]!, "without an index");
  t.strictSame(asked.splice(0), [ids[0]]);
  await index();
  await append(ids.slice(0, 1), "close");
  await append(ids.slice(3), "open");
  await check(ids[0]!, "asked in the index, answered by another writer behind it");
  await check(ids[1]!.toUpperCase(), "open where the index ends");
  await check(ids[3]!, "behind the index");
  await append(ids.slice(1, 2), "close");
  await index();
  t.equal((await reader.find(ids[0]!)).length, 2);
  for (const id of ids) await check(id, "in the index");
  t.strictSame(asked, [], "the log was not asked by time");
  await check(uuidV7(now), "an exchange that never was");
  t.equal(asked.length, 1);
  await t.rejects(reader.find("no id"), RangeError);
  for (const name of readdirSync(directory)) truncateSync(join(directory, name), 100);
  asked.length = 0;
  const damaged = findingByPlace(counted, directory);
  t.equal((await damaged.find(ids[0]!)).length, 2, "the index is damaged");
  t.strictSame(asked, [ids[0]]);
  damaged.close();
}

async function heads(t: Test, newLog: NewLog): Promise<void> {
  const log = await newLog(t);
  for (let run = 0; run < 2; run++) {
    const store = await log.open();
    for (let i = 0; i < 3; i++) {
      const head = { ...sealed.head, bytes: Buffer.from(`head ${run} ${i}`) };
      await store.append(sampleRecord({ time: now + i, direction: i === 1 ? "received" : "sent" }), {
        ...sealed,
        head,
      });
    }
    await store.close();
  }
  const reader = log.reader();
  const { records } = await readAll(reader);
  const [a, b] = (await reader.writers()).map(({ writer }) => writer);
  const at = (writer: string, number: number) => ({ writer, number });
  const found = await reader.heads([at(b!, 2), at(a!, 9), at(uuidV7(now), 1), at(a!, 1), at(b!, 3)]);
  const sorted = found.toSorted((x, y) => x.head.bytes.compare(y.head.bytes));
  const wanted = [records[0], records[4], records[5]].map((record) => {
    const { writer, number, exchangeId, direction, role, member, head } = record!;
    return { writer, number, exchangeId, direction, role, member, head };
  });
  t.strictSame(sorted, wanted);
  t.strictSame(await reader.heads([]), []);
}

async function backlog(t: Test, newLog: NewLog): Promise<void> {
  const log = await newLog(t);
  let store = await log.open();
  const reader = log.reader();
  for (let run = 0; run < 3; run++) {
    if (run > 0) {
      await store.close();
      store = await log.open();
    }
    for (let i = 0; i < 5; i++) await store.append(sampleRecord({ time: now + 10 * run + i }), sealed);
  }
  const [a, b, c] = (await reader.writers()).map(({ writer }) => writer);
  t.equal((await reader.unsealed(0)).oldestBeyond, now);
  t.equal(await store.holdsSealing(), true);
  const taken: unknown[] = [];
  for (;;) {
    const { oldestBeyond } = await reader.unsealed(7);
    const batch = await nextBatch(reader, 7);
    await store.recordBatch(batch);
    t.strictSame(await reader.batch(batch.number), batch);
    taken.push([batch.spans.map(({ writer, first, last }) => [writer, first, last]), oldestBeyond]);
    if (oldestBeyond === undefined) break;
  }
  t.strictSame(taken, [
    [
      [
        [a, 1, 5],
        [b, 1, 2],
      ],
      now + 12,
    ],
    [
      [
        [b, 3, 5],
        [c, 1, 4],
      ],
      now + 24,
    ],
    [[[c, 5, 5]], undefined],
  ]);
  t.strictSame((await reader.unsealed(7)).spans, []);
  t.equal((await reader.batchOf(b!, 2))?.number, 1);
  t.equal((await reader.batchOf(b!, 3))?.number, 2);
  for (const number of [1, 2, 3, 99]) {
    const batch = await reader.batchOf(b!, number);
    const span = batch?.spans.find(({ writer, last }) => writer === b && last >= number);
    const seal = batch && { batch: batch.number, time: batch.genTime, span };
    t.strictSame(await reader.sealOf(b!, number), seal, "the same without what is large in it");
  }
  t.equal(await reader.batchOf(c!, 6), undefined);
  const lengths: number[] = [];
  for await (const chunk of reader.sealable({ writer: b!, first: 2, last: 5 })) lengths.push(chunk.length);
  t.strictSame(lengths, [4]);
}

async function follows(t: Test, newLog: NewLog): Promise<void> {
  const log = await newLog(t);
  const store = await log.open();
  await store.append(sampleRecord({ time: now }), sealed);
  const batch = await nextBatch(log.reader(), 10);
  t.equal(await store.holdsSealing(), true);
  await t.rejects(store.recordBatch({ ...batch, number: 2 }), { code: "internal_error" });
  await store.recordBatch(batch);
  await t.rejects(store.recordBatch(batch), { code: "internal_error" });
  t.match(await store.append(sampleRecord({ time: now }), sealed), { outcome: "recorded", number: 2 });
}

function document(kind: ContextDocument["kind"], text: string): ContextDocument {
  const bytes = Buffer.from(text);
  return { kind, sha256: toBase64Url(sha256(bytes)), bytes };
}

async function documents(t: Test, newLog: NewLog): Promise<void> {
  const log = await newLog(t);
  const [store, reader] = [await log.open(), log.reader()];
  const [first, second, third] = [
    document("agreement", "the agreement"),
    document("rules", "the rules"),
    document("agreement", "another agreement"),
  ];
  await store.append(sampleRecord({ time: now }), sealed);
  for (const kept of [first, second, first]) await store.keepDocument(kept);
  const der = Buffer.from("a response");
  const response = { der, sha256: toBase64Url(sha256(der)), thisUpdate: now };
  t.equal(await store.keepOcsp(response), response.sha256);
  t.equal(await store.keepOcsp(response), response.sha256);
  t.strictSame(await reader.ocsp(response.sha256), response);
  t.equal(await reader.ocsp(first.sha256), undefined);
  t.equal(await store.holdsSealing(), true);
  await store.recordBatch(await nextBatch(reader, 10));
  await store.keepDocument(third);
  t.strictSame((await reader.unsealed(0)).documents, [{ kind: third.kind, sha256: third.sha256 }]);
  await store.append(sampleRecord({ time: now }), sealed);
  await store.recordBatch(await nextBatch(reader, 10));
  t.strictSame(await reader.documentsOf("agreement"), [first, third]);
  t.strictSame(await reader.document(second.sha256), second);
  t.equal(await reader.document(response.sha256), undefined);
  const covered: unknown[] = [];
  for (const batch of [1, 2, 3]) {
    for await (const { sha256 } of reader.documentsIn(batch)) covered.push([batch, sha256]);
  }
  t.strictSame(covered, [
    [1, first.sha256],
    [1, second.sha256],
    [2, third.sha256],
  ]);
}
