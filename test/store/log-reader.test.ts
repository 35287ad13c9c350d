import { mkdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import t, { type Test } from "tap";
import { sha256 } from "../../src/core/bytes.ts";
import { uuidV7 } from "../../src/core/uuid.ts";
import type { MessageRecord } from "../../src/messagelog/message-record.ts";
import type { Batch, LogReader } from "../../src/messagelog/message-store.ts";
import { openForWriting } from "../../src/store/sqlite/database.ts";
import { FrameWriter } from "../../src/store/sqlite/frame.ts";
import { openLogReader } from "../../src/store/sqlite/log-reader.ts";
import { LogWriter } from "../../src/store/sqlite/log-writer.ts";
import { migrate, NewerSchemaError } from "../../src/store/sqlite/migrations.ts";
import { outcomes } from "../../src/store/sqlite/outcomes.ts";
import { sampleRecord } from "../messagelog/sample-record.ts";
import { logDirectory } from "./log-directory.ts";

const now = Date.UTC(2026, 10, 22);
const sealed = {
  head: { keyId: Buffer.alloc(16), bytes: Buffer.from("ciphertext"), sha256: Buffer.alloc(32) },
  tags: Buffer.from("[]"),
};

function scene(t: Test) {
  const directory = logDirectory(t);
  const database = openForWriting(join(directory, "log.db"));
  migrate(database);
  const reader = openLogReader(directory);
  t.teardown(() => {
    reader.close();
    database.close();
  });
  return { directory, database, reader, newWriter: () => new LogWriter(database, uuidV7(now)) };
}

function commit(writer: LogWriter, records: readonly MessageRecord[]): void {
  const frame = new FrameWriter();
  const { certificate, ocsp } = records[0]!;
  frame.certificate(0, sha256(certificate.der), certificate.der, certificate.issuerDer);
  frame.ocsp(0, sha256(ocsp.der), ocsp);
  for (const record of records) frame.record(record, sealed, 0, 0);
  writer.commit(frame.take(), frame.length, frame.items, now);
}

function commitBatch(writer: LogWriter, batch: Batch): number {
  const frame = new FrameWriter();
  frame.batch(batch);
  return writer.commit(frame.take(), frame.length, frame.items, now)[0]!;
}

async function nextBatch(reader: LogReader, limit: number): Promise<Batch> {
  const { previous, spans, through } = await reader.unsealed(limit);
  const bytes = Buffer.alloc(32);
  const number = (previous?.number ?? 0) + 1;
  return {
    number,
    root: bytes,
    spans,
    through,
    refreshed: [],
    leaves: bytes,
    token: bytes,
    genTime: 0,
    authority: "",
  };
}

t.test("every exchange is found, however clocks and ids jump, across writers", async (t) => {
  const { newWriter, reader } = scene(t);
  const jump = fc.oneof(fc.integer({ min: -100, max: 3000 }), fc.integer({ min: -90_000, max: 200_000 }));
  const arrival = fc.record({ jump, skew: jump });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(arrival, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 4 }),
      async (runs) => {
        let time = now;
        const records: MessageRecord[] = [];
        for (const run of runs) {
          const group = run.map(({ jump, skew }) => {
            time += jump;
            return sampleRecord({ time, exchangeId: uuidV7(time + skew) });
          });
          commit(newWriter(), group);
          records.push(...group);
        }
        for (const { exchangeId, signature } of records) {
          const found = await reader.find(exchangeId);
          t.strictSame(
            found.map((record) => record.signature),
            [signature],
          );
        }
      },
    ),
    { numRuns: 12 },
  );
  t.strictSame(await reader.find(uuidV7(now)), []);
});

t.test("a limit cuts a backlog into batches that follow each other across writers", async (t) => {
  const { newWriter, reader } = scene(t);
  const writers = [newWriter(), newWriter(), newWriter()].map((_, run) => {
    const writer = newWriter();
    commit(
      writer,
      Array.from({ length: 5 }, (_, i) => sampleRecord({ time: now + 10 * run + i })),
    );
    return writer;
  });
  const [a, b, c] = writers.map(({ id }) => id);
  t.equal((await reader.unsealed(0)).oldestBeyond, now);
  const taken: unknown[] = [];
  for (;;) {
    const { oldestBeyond } = await reader.unsealed(7);
    const batch = await nextBatch(reader, 7);
    t.equal(commitBatch(writers[2]!, batch), outcomes.kept);
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
  t.equal(await reader.batchOf(c!, 6), undefined);
});

t.test("a batch that does not follow the last one is refused", async (t) => {
  const { newWriter, reader } = scene(t);
  const writer = newWriter();
  commit(writer, [sampleRecord({ time: now })]);
  const batch = await nextBatch(reader, 10);
  t.equal(commitBatch(writer, { ...batch, number: 2 }), outcomes.conflict);
  t.equal(commitBatch(writer, batch), outcomes.kept);
  t.equal(commitBatch(writer, batch), outcomes.conflict);
});

t.test("a reader refuses the log of a newer release, and a place without a log", async (t) => {
  const { database, directory } = scene(t);
  database.pragma("user_version = 99");
  t.throws(() => openLogReader(directory), NewerSchemaError);
  mkdirSync(join(directory, "elsewhere"));
  t.throws(() => openLogReader(join(directory, "elsewhere")), { code: "SQLITE_CANTOPEN" });
});
