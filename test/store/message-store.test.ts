import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import t, { type Test } from "tap";
import { systemClock } from "../../src/core/clock.ts";
import { SealwayError } from "../../src/core/errors.ts";
import type { MessageStore } from "../../src/messagelog/message-store.ts";
import { openLogReader } from "../../src/store/sqlite/log-reader.ts";
import { openSqliteMessageStore } from "../../src/store/sqlite/message-store.ts";
import { use, using } from "./contract/counting.ts";
import { readAll, request, sealed } from "./contract/log-under-test.ts";
import { logDirectory } from "./log-directory.ts";

async function openStore(t: Test, directory: string): Promise<MessageStore> {
  const store = await openSqliteMessageStore({ directory, clock: systemClock });
  t.teardown(() => store.close());
  return store;
}

async function allRecords(directory: string): ReturnType<typeof readAll> {
  const reader = openLogReader(directory);
  try {
    return await readAll(reader);
  } finally {
    reader.close();
  }
}

t.test("the writer's thread bears its name", { skip: process.platform !== "linux" }, async (t) => {
  await openStore(t, logDirectory(t));
  const names = readdirSync("/proc/self/task").map((id) =>
    readFileSync(`/proc/self/task/${id}/comm`, "utf8"),
  );
  t.ok(names.includes("log-worker\n"));
});

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
  const counted = await store.append(using(use("quota/for-ever", Number.MAX_SAFE_INTEGER)), sealed);
  const { records, findings } = await allRecords(directory);
  t.ok(records.length > 300);
  t.match(counted, { uses: [records.length] }, "what each of them used is counted, and nothing else");
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
