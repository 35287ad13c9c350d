import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import t, { type Test } from "tap";
import { systemClock } from "../../src/core/clock.ts";
import { SealwayError } from "../../src/core/errors.ts";
import { checkChains } from "../../src/messagelog/check-chains.ts";
import type { MessageStore, StoredRecord } from "../../src/messagelog/message-store.ts";
import { openLogReader } from "../../src/store/sqlite/log-reader.ts";
import { openSqliteMessageStore } from "../../src/store/sqlite/message-store.ts";
import { sampleAnswer, sampleRecord } from "../messagelog/sample-record.ts";
import { logDirectory } from "./log-directory.ts";

const sealed = {
  head: { keyId: Buffer.alloc(16), bytes: Buffer.from("ciphertext"), sha256: Buffer.alloc(32) },
  tags: Buffer.from("[]"),
};

async function openStore(t: Test, directory: string): Promise<MessageStore> {
  const store = await openSqliteMessageStore({ directory, clock: systemClock });
  t.teardown(() => store.close());
  return store;
}

function request(): ReturnType<typeof sampleRecord> {
  return sampleRecord({ time: systemClock.now() });
}

async function allRecords(directory: string): Promise<{ records: StoredRecord[]; findings: unknown[] }> {
  const reader = openLogReader(directory);
  const records: StoredRecord[] = [];
  for (const { writer, number } of await reader.writers()) {
    for await (const chunk of reader.records({ writer, first: 1, last: number })) records.push(...chunk);
  }
  const findings: unknown[] = [];
  for await (const finding of checkChains(reader)) findings.push(finding);
  reader.close();
  return { records, findings };
}

t.test("records come back as they were appended", async (t) => {
  const directory = logDirectory(t);
  const store = await openStore(t, directory);
  const question = request();
  const answer = sampleAnswer(question, question.time + 1);
  t.match(await store.append(question, sealed), { outcome: "recorded", number: 1 });
  t.match(await store.append(answer, sealed), { outcome: "recorded", number: 2 });
  const reader = openLogReader(directory);
  const found = await reader.find(question.exchangeId);
  reader.close();
  t.equal(found.length, 2);
  for (const [i, record] of [question, answer].entries()) {
    const { exchangeId, direction, type, member, time, exchange, signature } = record;
    const { certificate, ocsp } = record;
    const wanted = {
      exchangeId,
      direction,
      type,
      member,
      time,
      exchange,
      signature,
      certificate,
      ocsp,
      head: sealed.head,
      tags: sealed.tags,
    };
    t.match(found[i], { ...wanted, role: record.guard.role, number: i + 1 });
  }
});

t.test("appends that arrive together are committed together, and each gets its own answer", async (t) => {
  const store = await openStore(t, logDirectory(t));
  const questions = Array.from({ length: 500 }, request);
  const answers = await Promise.all(questions.map((question) => store.append(question, sealed)));
  t.strictSame(
    answers.map((answer) => answer.outcome === "recorded" && answer.number),
    questions.map((_, i) => i + 1),
  );
  t.match(await store.append(questions[7]!, sealed), { outcome: "resend", state: "open" });
  t.match(
    await store.append(
      sampleRecord({ time: systemClock.now(), exchangeId: questions[8]!.exchangeId }),
      sealed,
    ),
    { outcome: "replay" },
  );
});

t.test("an answer to a request that is not in the log is refused", async (t) => {
  const store = await openStore(t, logDirectory(t));
  await t.rejects(store.append(sampleAnswer(request(), 0), sealed), { code: "internal_error" });
});

t.test(
  "after a restart the guard remembers, open requests are told, and the old chain is closed",
  async (t) => {
    const directory = logDirectory(t);
    const first = await openStore(t, directory);
    const [answered, open] = [request(), request()];
    const reply = sampleAnswer(answered, answered.time);
    for (const record of [answered, open, reply]) await first.append(record, sealed);
    t.strictSame(await first.openRequests(), [], "its own are in progress");
    await first.close();
    await t.rejects(first.append(request(), sealed), { code: "log_unavailable" });

    const second = await openStore(t, directory);
    const { exchangeId, member, exchange, signature } = open;
    t.strictSame(await second.openRequests(), [
      { exchangeId, role: "consumer", member, exchange, signature },
    ]);
    t.match(await second.append(open, sealed), { outcome: "resend", state: "open" });
    t.match(await second.append(answered, sealed), { outcome: "resend", state: "closed" });
    t.match(await second.append(reply, sealed), { outcome: "resend", state: "closed" });
    t.match(await second.append(sampleAnswer(open, open.time), sealed), { outcome: "recorded", number: 1 });
    t.strictSame(await second.openRequests(), []);
    const { records, findings } = await allRecords(directory);
    t.strictSame([records.map(({ number }) => number), findings], [[1, 2, 3, 1], []]);
  },
);

t.test("a second writer is refused, a second reader is not", async (t) => {
  const directory = logDirectory(t);
  const store = await openStore(t, directory);
  await store.append(request(), sealed);
  await t.rejects(openSqliteMessageStore({ directory, clock: systemClock }), {
    code: "log_unavailable",
    detail: "another process has the message log open",
  });
  const child = spawnSync(process.execPath, [join(import.meta.dirname, "append-for-ever.ts"), directory], {
    encoding: "utf8",
  });
  t.match(child.stderr, /another process has the message log open/);
  t.equal((await allRecords(directory)).records.length, 1);
});

t.test("kill -9 during commits: every acknowledged record is there, and the chain is whole", async (t) => {
  const directory = logDirectory(t);
  const acknowledged = new Map<number, string>();
  const child = spawn(process.execPath, [join(import.meta.dirname, "append-for-ever.ts"), directory]);
  t.teardown(() => child.kill("SIGKILL"));
  for await (const line of createInterface(child.stdout)) {
    const [number, id] = line.split(" ");
    if (id?.length === 36) acknowledged.set(Number(number), id);
    if (acknowledged.size === 300) child.kill("SIGKILL");
  }
  const store = await openStore(t, directory);
  await store.append(request(), sealed);
  const { records, findings } = await allRecords(directory);
  t.ok(records.length > 300);
  t.strictSame(findings, []);
  const lost = [...acknowledged].filter(([number, id]) => records[number - 1]?.exchangeId !== id);
  t.strictSame(lost, []);
});

t.test("when the writer's thread dies all that waits is refused, and a new one takes over", async (t) => {
  const directory = logDirectory(t);
  const post = Worker.prototype.postMessage;
  let thread: Worker | undefined;
  t.teardown(() => {
    Worker.prototype.postMessage = post;
  });
  Worker.prototype.postMessage = function (this: Worker, ...args: Parameters<typeof post>) {
    thread = this;
    return post.apply(this, args);
  };
  const store = await openStore(t, directory);
  await store.append(request(), sealed);
  const waiting = store.append(request(), sealed);
  void thread!.terminate();
  await t.rejects(waiting, { code: "log_unavailable" });
  t.match(store.health(), { state: "unavailable", reason: "the writer's thread ended" });
  await t.rejects(store.append(request(), sealed), { code: "log_unavailable" });
  await recovered(store);
  t.match(await store.append(request(), sealed), { outcome: "recorded" });
  t.strictSame((await allRecords(directory)).findings, []);
});

t.test("the content of single records is erased, and their chain still holds", async (t) => {
  const directory = logDirectory(t);
  const store = await openStore(t, directory);
  const [first, second] = [await store.append(request(), sealed), await store.append(request(), sealed)];
  if (first.outcome !== "recorded" || second.outcome !== "recorded") {
    t.fail("both are recorded");
    return;
  }
  t.equal(await store.eraseContent([first]), 1);
  t.equal(
    await store.eraseContent([first, { ...first, number: 9 }]),
    0,
    "neither twice nor what there is not",
  );
  const { records, findings } = await allRecords(directory);
  t.strictSame(
    records.map(({ head }) => head.bytes.length),
    [0, sealed.head.bytes.length],
  );
  t.strictSame(findings, []);
});

t.test("more than the log can hold back is refused at once", async (t) => {
  const store = await openStore(t, logDirectory(t));
  const large = { ...sealed, head: { ...sealed.head, bytes: Buffer.alloc(8 * 1024 * 1024) } };
  const outcomes = await Promise.allSettled(Array.from({ length: 12 }, () => store.append(request(), large)));
  const refused = outcomes.filter((outcome) => outcome.status === "rejected");
  t.equal(refused.length, 4);
  for (const { reason } of refused) t.match(reason, { code: "overloaded" });
  t.match(await store.append(request(), sealed), { outcome: "recorded", number: 9 });
});

t.test("a directory that cannot be made is refused", async (t) => {
  const directory = join(logDirectory(t), "file");
  writeFileSync(directory, "");
  await t.rejects(openSqliteMessageStore({ directory, clock: systemClock }), { code: "log_unavailable" });
});

/** A small file system of its own. */
function mounted(t: Test, megabytes: number): string {
  const directory = logDirectory(t);
  mount("-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", directory);
  t.teardown(() => spawnSync("umount", ["-l", directory]));
  return directory;
}

function mount(...args: string[]): void {
  const { status, stderr } = spawnSync("mount", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
}

function mayMount(): boolean {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  const directory = mkdtempSync(join(tmpdir(), "sealway-mount-"));
  const { status } = spawnSync("mount", ["-t", "tmpfs", "tmpfs", directory]);
  if (status === 0) spawnSync("umount", [directory]);
  rmdirSync(directory);
  return status === 0;
}

const skip = mayMount() ? false : "only who may mount can fill a disk or make it read-only";

t.test(
  "disk full: refused, nothing half recorded, and it goes on when there is room again",
  { skip },
  async (t) => {
    const disk = mounted(t, 4);
    const directory = join(disk, "log");
    mkdirSync(join(disk, "other"));
    writeFileSync(join(disk, "other", "ballast"), Buffer.alloc(1024 * 1024));
    const store = await openStore(t, directory);
    let recorded = 0;
    const full = await untilRefused(async () => {
      await store.append(request(), sealed);
      recorded++;
    });
    t.match(full, { code: "log_unavailable" });
    t.match(store.health(), { state: "unavailable", reason: /SQLITE_(FULL|IOERR)/ });
    await wait(300);
    t.match(store.health(), { state: "unavailable" }, "still full, still said");
    rmSync(join(disk, "other"), { recursive: true });
    await recovered(store);
    t.match(await store.append(request(), sealed), { outcome: "recorded", number: 1 });
    await store.close();
    const { records, findings } = await allRecords(directory);
    t.strictSame([records.length, findings], [recorded + 1, []]);
  },
);

t.test("a file system that is read-only is refused at the start", { skip }, async (t) => {
  const disk = mounted(t, 4);
  const directory = join(disk, "log");
  await (await openSqliteMessageStore({ directory, clock: systemClock })).close();
  mount("-o", "remount,ro", disk);
  await t.rejects(openSqliteMessageStore({ directory, clock: systemClock }), { code: "log_unavailable" });
  t.ok(readdirSync(directory).includes("log.db"));
});

async function untilRefused(append: () => Promise<void>): Promise<SealwayError> {
  for (;;) {
    try {
      await append();
    } catch (error) {
      if (error instanceof SealwayError) return error;
      throw error;
    }
  }
}

/** The store tries again by itself. */
async function recovered(store: MessageStore): Promise<void> {
  while (store.health().state !== "ok") await wait(20);
}
