import { join } from "node:path";
import fc from "fast-check";
import t from "tap";
import { sha256 } from "../../src/core/bytes.ts";
import { uuidV7 } from "../../src/core/uuid.ts";
import type { MessageRecord } from "../../src/messagelog/message-record.ts";
import { openForWriting } from "../../src/store/sqlite/database.ts";
import { FrameWriter } from "../../src/store/sqlite/frame.ts";
import { LogWriter } from "../../src/store/sqlite/log-writer.ts";
import { migrate, NewerSchemaError } from "../../src/store/sqlite/migrations.ts";
import { outcomes } from "../../src/store/sqlite/outcomes.ts";
import { sampleRecord } from "../messagelog/sample-record.ts";
import { GuardModel, guardStep } from "./contract/guard-model.ts";
import { sealed } from "./contract/log-under-test.ts";
import { logDirectory } from "./log-directory.ts";

const now = Date.UTC(2026, 10, 22);
function newDatabase(t: Parameters<typeof logDirectory>[0]) {
  const database = openForWriting(join(logDirectory(t), "log.db"));
  t.teardown(() => database.close());
  migrate(database);
  return database;
}

function newWriter(database: ReturnType<typeof newDatabase>): LogWriter {
  return new LogWriter(database, uuidV7(now));
}

/** One transaction; the answers without those of certificate and OCSP response. */
function commit(writer: LogWriter, records: readonly MessageRecord[], at = now): number[] {
  const frame = new FrameWriter();
  const { certificate, ocsp } = records[0]!;
  frame.certificate(0, sha256(certificate.der), certificate.der, certificate.issuerDer);
  frame.ocsp(0, sha256(ocsp.der), ocsp);
  for (const record of records) frame.record(record, sealed, 0, 0);
  return [...writer.commit(frame.take(), frame.length, frame.items, at).answers].slice(2);
}

t.test(
  "the guard answers as its model, in any grouping and across restarts; numbers have no gap",
  async (t) => {
    const ids = [0, 1, 2].map(() => uuidV7(now));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(guardStep, { minLength: 1, maxLength: 4 }), { maxLength: 12 }),
        async (groups) => {
          const database = newDatabase(t);
          const model = new GuardModel();
          let writer = newWriter(database);
          let number = 0;
          for (const [i, group] of groups.entries()) {
            if (i % 5 === 4) {
              writer = newWriter(database);
              number = 0;
            }
            const records = group.map(({ id, role, effect, digest }) =>
              sampleRecord({
                time: now,
                exchangeId: ids[id]!,
                guard: { role, effect, digest: sha256(`message ${digest}`) },
              }),
            );
            const wanted = group.map((entry) => {
              const verdict = model.admit(entry) as keyof typeof outcomes | "new";
              return verdict === "new" ? ++number : outcomes[verdict];
            });
            t.strictSame(commit(writer, records), wanted);
          }
        },
      ),
      { numRuns: 40 },
    );
  },
);

t.test("a frame that fails leaves nothing behind, and the next one follows without a gap", async (t) => {
  const database = newDatabase(t);
  const writer = newWriter(database);
  t.strictSame(commit(writer, [sampleRecord({ time: now })]), [1]);
  const frame = new FrameWriter();
  const good = sampleRecord({ time: now });
  frame.certificate(7, sha256(good.certificate.der), good.certificate.der, good.certificate.issuerDer);
  frame.ocsp(7, sha256(good.ocsp.der), good.ocsp);
  frame.record(good, sealed, 7, 7);
  frame.record(sampleRecord({ time: now }), sealed, 99, 7);
  t.throws(() => writer.commit(frame.take(), frame.length, frame.items, now), /slot 99/);
  t.equal(database.prepare("SELECT count(*) FROM records").pluck().get(), 1);
  t.equal(database.prepare("SELECT count(*) FROM guard").pluck().get(), 1);
  t.strictSame(commit(writer, [good]), [2]);
});

t.test("the guard forgets what is closed and expired, and nothing else", async (t) => {
  const database = newDatabase(t);
  const writer = newWriter(database);
  const open = sampleRecord({ time: now, guard: { expires: now + 1 } });
  commit(writer, [open]);
  for (let round = 0; round < 6; round++) {
    const time = now + round * 1000;
    const single = () => sampleRecord({ time, guard: { effect: "single", expires: time + 500 } });
    commit(writer, Array.from({ length: 1024 }, single), time);
  }
  const left = database.prepare("SELECT count(*) FROM guard WHERE state <> 0").pluck().get() as number;
  t.ok(left <= 3 * 1024, `${left} entries are left of ${6 * 1024}`);
  t.strictSame(commit(writer, [open]), [outcomes["resend-open"]]);
});

t.test("counters that have expired are forgotten, and nothing else", async (t) => {
  const database = newDatabase(t);
  const writer = newWriter(database);
  const using = (counter: string, time: number, expires: number) => {
    return { ...sampleRecord({ time }), uses: [{ counter, limit: 10, expires }] };
  };
  commit(writer, [using("permission/x", now, now + 1_000_000)]);
  for (let round = 0; round < 6; round++) {
    const time = now + round * 1000;
    const uses = Array.from({ length: 256 }, (_, i) => using(`query/${round}/${i}`, time, time + 500));
    commit(writer, uses, time);
  }
  const left = database
    .prepare("SELECT count(*) FROM counters WHERE name LIKE 'query/%'")
    .pluck()
    .get() as number;
  t.ok(left <= 2 * 256, `${left} counters are left of ${6 * 256}`);
  t.equal(database.prepare("SELECT used FROM counters WHERE name = 'permission/x'").pluck().get(), 1);
});

t.test("a writer that recorded nothing leaves no trace; a dead one is closed by its successor", async (t) => {
  const database = newDatabase(t);
  newWriter(database);
  const first = newWriter(database);
  commit(first, [sampleRecord({ time: now }), sampleRecord({ time: now })]);
  const second = newWriter(database);
  commit(second, [sampleRecord({ time: now })]);
  t.strictSame(database.prepare("SELECT id FROM writers ORDER BY ordinal").pluck().all(), [
    first.id,
    second.id,
  ]);
  t.strictSame(database.prepare("SELECT writer, number FROM tips").all(), [
    { writer: first.ordinal, number: 2 },
  ]);
});

t.test("the database of a newer release is refused", async (t) => {
  const database = newDatabase(t);
  database.pragma("user_version = 99");
  t.throws(() => migrate(database), NewerSchemaError);
});

t.test("an exchange id that is no UUID is refused before anything is written", async (t) => {
  const frame = new FrameWriter();
  t.throws(() => frame.record(sampleRecord({ time: now, exchangeId: "x" }), sealed, 0, 0), RangeError);
  t.equal(frame.items, 0);
});
