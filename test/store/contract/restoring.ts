import type { Test } from "tap";
import { sha256, toBase64Url } from "../../../src/core/bytes.ts";
import { uuidV7 } from "../../../src/core/uuid.ts";
import type { LogReader, StoredRecord } from "../../../src/messagelog/message-store.ts";
import { checkChains } from "../../messagelog/check-chains.ts";
import { sampleAnswer, sampleRecord } from "../../messagelog/sample-record.ts";
import { type NewLog, nextBatch, sealed } from "./log-under-test.ts";

/** An empty place of one driver for a log that is restored. */
export interface RestoredUnderTest {
  /** @returns how many records were written @throws when nothing is restored */
  restore(source: LogReader): Promise<number>;
  /** Opens what was restored; closed with the test. */
  reader(): LogReader;
  /** As a server would. */
  openForWriting(): Promise<unknown>;
}

export type NewRestored = (t: Test) => Promise<RestoredUnderTest>;

/** What every driver does with a log that is restored; each is a test of its own. */
export const restoringContract: Readonly<
  Record<string, (t: Test, newLog: NewLog, newRestored: NewRestored) => Promise<void>>
> = {
  "a log is restored as far as batches cover it, for reading alone, and over nothing": whole,
  "a restore that is broken off leaves no log behind, and the next one goes through": brokenOff,
};

const now = Date.UTC(2026, 10, 22);
const body = { keyId: Buffer.alloc(16, 7), bytes: Buffer.from("a kept body"), file: "" };

function document(text: string) {
  const bytes = Buffer.from(text);
  return { kind: "agreement", sha256: toBase64Url(sha256(bytes)), bytes } as const;
}

/** A log of two runs across a change of month: stragglers, an erased record, a large body's name, a fresher response. */
async function sampleLog(t: Test, newLog: NewLog): Promise<LogReader> {
  const log = await newLog(t);
  const first = await log.open();
  const reader = log.reader();
  const question = sampleRecord({ time: now });
  await first.keepDocument(document("the first agreement"));
  await first.append(question, { ...sealed, body });
  await first.append(sampleAnswer(question, now + 5), {
    ...sealed,
    body: { ...body, bytes: Buffer.alloc(0), file: "f" },
  });
  await first.append(sampleRecord({ time: now - 60_000, exchangeId: uuidV7(now - 60_000) }), sealed);
  const many = Array.from({ length: 300 }, (_, i) => sampleRecord({ time: now + i }));
  await Promise.all(many.map((record) => first.append(record, sealed)));
  const extra = { der: Buffer.from("a fresher response"), thisUpdate: now };
  const { certificate, ocsp } = question;
  const refreshed = [
    { certificate: certificate.sha256, ocsp: ocsp.sha256, extra: await first.keepOcsp(extra) },
  ];
  await first.holdsSealing();
  await first.recordBatch({ ...(await nextBatch(reader, 250)), refreshed });
  await first.recordBatch(await nextBatch(reader, 1000));
  const [tip] = await reader.writers();
  await first.eraseContent([{ writer: tip!.writer, number: 7 }]);
  await first.close();
  const second = await log.open();
  await second.keepDocument(document("the second agreement"));
  const later = Date.UTC(2026, 11, 1, 0, 0, 1);
  await second.append(sampleRecord({ time: later, exchangeId: uuidV7(now) }), sealed);
  await second.holdsSealing();
  await second.recordBatch(await nextBatch(reader, 1000));
  await second.append(sampleRecord({ time: later }), sealed);
  return reader;
}

/** Readers leave out an absent body or say that it is undefined. */
export function plain(record: StoredRecord) {
  return { ...record, body: record.body ?? null };
}

/** Everything that a reader tells of a log as far as batches cover it. */
export async function everything(log: LogReader) {
  const records: ReturnType<typeof plain>[] = [];
  const batches = [];
  const documents = [];
  for (let number = 1; ; number++) {
    const batch = await log.batch(number);
    if (batch === undefined) break;
    batches.push({ ...batch, through: undefined });
    for (const span of batch.spans) {
      for await (const chunk of log.records(span)) records.push(...chunk.map(plain));
    }
    for await (const one of log.documentsIn(number)) documents.push(one);
    for (const { extra } of batch.refreshed) documents.push(await log.ocsp(extra));
  }
  const findings = [];
  for await (const finding of checkChains(log)) findings.push(finding);
  const closed = (await log.closedTips()).map(({ writer, number, chain }) => ({ writer, number, chain }));
  return { records, batches, documents, closed, findings };
}

async function whole(t: Test, newLog: NewLog, newRestored: NewRestored): Promise<void> {
  const source = await sampleLog(t, newLog);
  const restored = await newRestored(t);
  t.equal(await restored.restore(source), 304, "the one beyond the last batch is not archived, either");
  const reader = restored.reader();
  const wanted = await everything(source);
  t.strictSame(await everything(reader), wanted);
  t.strictSame(wanted.findings, []);
  const ends = new Map(
    wanted.records.map(({ writer, number, chain }) => [writer, { writer, number, chain }]),
  );
  t.strictSame(await reader.writers(), [...ends.values()]);
  for (const { exchangeId } of [...wanted.records.slice(0, 5), wanted.records.at(-1)!]) {
    t.strictSame((await reader.find(exchangeId)).map(plain), (await source.find(exchangeId)).map(plain));
  }
  t.match(await reader.unsealed(10), { spans: { length: 0 }, previous: { number: 3 } });
  t.equal((await reader.documentsOf("agreement")).length, 2);
  await t.rejects(restored.openForWriting(), {
    code: "log_unavailable",
    detail: "the message log was restored from an archive: it is for reading",
  });
  await t.rejects(restored.restore(source));
  t.strictSame(await everything(reader), wanted);
}

async function brokenOff(t: Test, newLog: NewLog, newRestored: NewRestored): Promise<void> {
  const source = await sampleLog(t, newLog);
  const restored = await newRestored(t);
  const batch = (number: number) =>
    number === 3 ? Promise.reject(new Error("the archive ends here")) : source.batch(number);
  const failing = new Proxy(source, {
    get: (_, name: keyof LogReader) => (name === "batch" ? batch : source[name].bind(source)),
  });
  await t.rejects(restored.restore(failing), /the archive ends here/);
  await t.rejects(async () => restored.reader().writers(), "there is no log");
  t.equal(await restored.restore(source), 304);
}
