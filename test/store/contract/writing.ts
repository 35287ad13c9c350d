import fc from "fast-check";
import type { Test } from "tap";
import { sha256 } from "../../../src/core/bytes.ts";
import { systemClock } from "../../../src/core/clock.ts";
import { SealwayError } from "../../../src/core/errors.ts";
import { uuidV7 } from "../../../src/core/uuid.ts";
import type { AppendOutcome } from "../../../src/messagelog/message-record.ts";
import type { MessageStore } from "../../../src/messagelog/message-store.ts";
import { sampleAnswer, sampleRecord } from "../../messagelog/sample-record.ts";
import { GuardModel, type GuardStep, guardStep } from "./guard-model.ts";
import { type NewLog, readAll, request, sealed } from "./log-under-test.ts";

/** What every driver's `MessageStore` does with records; each is a test of its own. */
export const writingContract: Readonly<Record<string, (t: Test, newLog: NewLog) => Promise<void>>> = {
  "records come back as they were appended": comeBack,
  "appends that arrive together are committed together, and each gets its own answer": together,
  "an answer to a request that is not in the log is refused": neverOpened,
  "an exchange id that is no UUID is refused, and the log goes on": noUuid,
  "the guard answers as its model, in any grouping and across restarts; numbers have no gap": guardAsModel,
  "after a restart the guard remembers, open requests are told, and the old chain is closed": restart,
  "the content of single records is erased or put under another key, and their chain still holds": content,
  "more than the log can hold back is refused at once": overload,
};

async function comeBack(t: Test, newLog: NewLog): Promise<void> {
  const log = await newLog(t);
  const store = await log.open();
  const question = request();
  const answer = sampleAnswer(question, question.time + 1);
  const body = { keyId: Buffer.alloc(16, 7), bytes: Buffer.from("a kept body"), file: "" };
  t.match(await store.append(question, { ...sealed, body }), { outcome: "recorded", number: 1 });
  t.match(await store.append(answer, sealed), { outcome: "recorded", number: 2 });
  const found = await log.reader().find(question.exchangeId);
  t.equal(found.length, 2);
  for (const [i, record] of [question, answer].entries()) {
    const { exchangeId, direction, type, member, time, exchange, signature, certificate, ocsp } = record;
    const wanted = {
      ...{ exchangeId, direction, type, member, time, exchange, signature, certificate, ocsp },
      ...{ head: sealed.head, tags: sealed.tags, role: record.guard.role, number: i + 1 },
    };
    t.match(found[i], wanted);
  }
  t.strictSame(
    found.map((record) => record.body),
    [body, undefined],
  );
}

async function together(t: Test, newLog: NewLog): Promise<void> {
  const store = await (await newLog(t)).open();
  const questions = Array.from({ length: 500 }, request);
  const answers = await Promise.all(questions.map((question) => store.append(question, sealed)));
  t.strictSame(
    answers.map((answer) => answer.outcome === "recorded" && answer.number),
    questions.map((_, i) => i + 1),
  );
  t.match(await store.append(questions[7]!, sealed), { outcome: "resend", state: "open" });
  const other = sampleRecord({ time: systemClock.now(), exchangeId: questions[8]!.exchangeId });
  t.match(await store.append(other, sealed), { outcome: "replay" });
}

async function neverOpened(t: Test, newLog: NewLog): Promise<void> {
  const store = await (await newLog(t)).open();
  await t.rejects(store.append(sampleAnswer(request(), 0), sealed), { code: "internal_error" });
}

async function noUuid(t: Test, newLog: NewLog): Promise<void> {
  const store = await (await newLog(t)).open();
  const record = sampleRecord({ time: systemClock.now(), exchangeId: "x" });
  await t.rejects(store.append(record, sealed), RangeError);
  t.match(await store.append(request(), sealed), { outcome: "recorded", number: 1 });
}

const verdicts: Readonly<Record<string, AppendOutcome | undefined>> = {
  "resend-open": { outcome: "resend", state: "open" },
  "resend-closed": { outcome: "resend", state: "closed" },
  replay: { outcome: "replay" },
};

/** What came of a step, in the model's words or as the record's number. */
async function outcomeOf(store: MessageStore, step: GuardStep, ids: readonly string[]): Promise<unknown> {
  const { id, role, effect, digest } = step;
  const guard = { role, effect, digest: sha256(`message ${digest}`) };
  try {
    const record = sampleRecord({ time: systemClock.now(), exchangeId: ids[id]!, guard });
    const outcome = await store.append(record, sealed);
    return outcome.outcome === "recorded" ? outcome.number : outcome;
  } catch (error) {
    if (error instanceof SealwayError && error.code === "internal_error") return "never-opened";
    throw error;
  }
}

async function guardAsModel(t: Test, newLog: NewLog): Promise<void> {
  const log = await newLog(t);
  const groups = fc.array(fc.array(guardStep, { minLength: 1, maxLength: 5 }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(fc.array(groups, { minLength: 1, maxLength: 2 }), async (runs) => {
      const ids = [0, 1, 2].map(() => uuidV7(systemClock.now()));
      const model = new GuardModel();
      for (const run of runs) {
        const store = await log.open();
        let number = 0;
        for (const group of run) {
          const wanted = group.map((step) => {
            const verdict = model.admit(step);
            return verdict === "new" ? ++number : (verdicts[verdict] ?? verdict);
          });
          t.strictSame(await Promise.all(group.map((step) => outcomeOf(store, step, ids))), wanted);
        }
        await store.close();
      }
    }),
    { numRuns: 8 },
  );
  t.strictSame((await readAll(log.reader())).findings, []);
}

async function restart(t: Test, newLog: NewLog): Promise<void> {
  const log = await newLog(t);
  const first = await log.open();
  const [answered, open] = [request(), request()];
  const reply = sampleAnswer(answered, answered.time);
  for (const record of [answered, reply]) await first.append(record, sealed);
  // Behind one that becomes no record, in one transaction.
  await Promise.all([answered, open].map((record) => first.append(record, sealed)));
  t.strictSame(await first.openRequests(), [], "its own are in progress");
  await first.close();
  await t.rejects(first.append(request(), sealed), { code: "log_unavailable" });

  const second = await log.open();
  const { exchangeId, member, exchange, signature } = open;
  t.strictSame(await second.openRequests(), [{ exchangeId, role: "consumer", member, exchange, signature }]);
  t.match(await second.append(open, sealed), { outcome: "resend", state: "open" });
  t.match(await second.append(answered, sealed), { outcome: "resend", state: "closed" });
  t.match(await second.append(reply, sealed), { outcome: "resend", state: "closed" });
  t.match(await second.append(sampleAnswer(open, open.time), sealed), { outcome: "recorded", number: 1 });
  t.strictSame(await second.openRequests(), []);
  const { records, findings } = await readAll(log.reader());
  t.strictSame([records.map(({ number }) => number), findings], [[1, 2, 3, 1], []]);
  t.match(await log.reader().closedTips(), [{ writer: records[0]!.writer, number: 3 }]);
}

async function content(t: Test, newLog: NewLog): Promise<void> {
  const log = await newLog(t);
  const store = await log.open();
  const body = { keyId: Buffer.alloc(16, 7), bytes: Buffer.from("a kept body"), file: "" };
  const [first, second] = [
    await store.append(request(), { ...sealed, body }),
    await store.append(request(), { ...sealed, body }),
  ];
  if (first.outcome !== "recorded" || second.outcome !== "recorded") throw new Error("both are recorded");
  const unknown = { ...first, number: 9 };
  t.equal(await store.eraseContent([first]), 1);
  t.equal(await store.eraseContent([first, unknown]), 0, "neither twice nor what there is not");
  const head = { keyId: Buffer.alloc(16, 8), bytes: Buffer.from("the same, under another key") };
  const other = { keyId: head.keyId, bytes: Buffer.alloc(0), file: "a-file" };
  const replaced = [first, second, unknown].map((name) => ({ ...name, head, body: other }));
  t.equal(await store.replaceContent(replaced), 1, "what was erased stays erased");
  const { records, findings } = await readAll(log.reader());
  t.equal(records[0]!.head.bytes.length + records[0]!.body!.bytes.length, 0);
  t.strictSame([records[1]!.head, records[1]!.body], [{ ...sealed.head, ...head }, other]);
  t.strictSame(findings, []);
}

async function overload(t: Test, newLog: NewLog): Promise<void> {
  const store = await (await newLog(t)).open();
  const large = { ...sealed, head: { ...sealed.head, bytes: Buffer.alloc(8 * 1024 * 1024) } };
  const outcomes = await Promise.allSettled(Array.from({ length: 12 }, () => store.append(request(), large)));
  const refused = outcomes.filter((outcome) => outcome.status === "rejected");
  t.equal(refused.length, 4);
  for (const { reason } of refused) t.match(reason, { code: "overloaded" });
  t.match(await store.append(request(), sealed), { outcome: "recorded", number: 9 });
}
