import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { get, type IncomingMessage, request } from "node:http";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import t, { type Test } from "tap";
import { scanBlocks, scanDigest, usualScanBytes } from "../../src/dev/registers/scan.ts";

const program = new URL("../../src/dev/registers/main.ts", import.meta.url).pathname;
const mebibyte = 1024 ** 2;

type Child = ChildProcessByStdio<null, Readable, null>;

function run(t: Test, ...args: string[]): Child {
  const child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "ignore"] });
  t.teardown(() => child.kill("SIGKILL"));
  return child;
}

async function ready(
  child: Child,
): Promise<{ ready: boolean; pid: number; registers: Record<string, string> }> {
  const [line] = await once(createInterface(child.stdout), "line");
  return JSON.parse(line);
}

/** The highest resident memory that a process ever had, in bytes. */
function peakMemory(pid: number): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]) * 1024;
}

async function fetchDigest(url: string): Promise<{ length: string | undefined; sha256: string }> {
  const [response] = (await once(get(url), "response")) as [IncomingMessage];
  const digest = createHash("sha256");
  for await (const block of response) digest.update(block);
  return { length: response.headers["content-length"], sha256: digest.digest("hex") };
}

async function upload(url: string, id: string, bytes: number): Promise<unknown> {
  const post = request(url, { method: "POST" });
  const answered = once(post, "response") as Promise<[IncomingMessage]>;
  await pipeline(Readable.from(scanBlocks(id, bytes), { objectMode: false }), post);
  const [response] = await answered;
  return JSON.parse(Buffer.concat(await response.toArray()).toString());
}

t.test("a process of registers tells when it is ready and ends on SIGTERM", async (t) => {
  const child = run(t, "--seed", "other", "population=0", "tax=0");
  const { pid, registers } = await ready(child);
  t.equal(pid, child.pid);
  t.same(Object.keys(registers), ["population", "tax"]);
  for (const url of Object.values(registers)) t.equal((await fetch(url)).status, 404);
  child.kill("SIGTERM");
  t.same(await once(child, "exit"), [0, null]);
});

t.test("a register that does not exist, or none's port, is refused", async (t) => {
  for (const choice of ["moon=0", "population", "population=x", "toString=1"]) {
    t.same(await once(run(t, choice), "exit"), [1, null], choice);
  }
});

t.test(
  "64 MiB stream each way, whole, with flat memory",
  { skip: process.platform !== "linux" },
  async (t) => {
    const { pid, registers } = await ready(run(t, "archive=0"));
    const scan = `${registers.archive}/decisions/PR-2026-17/scan`;
    const decisions = `${registers.archive}/decisions`;
    const bytes = 64 * mebibyte;

    t.same(await fetchDigest(scan), {
      length: String(usualScanBytes("PR-2026-17")),
      sha256: scanDigest("PR-2026-17", usualScanBytes("PR-2026-17")),
    });
    // What waits for collection settles at some tens of MiB, whatever the length of the stream.
    await fetchDigest(`${scan}?bytes=${bytes}`);
    await upload(decisions, "PR-2026-1", 2 * bytes);
    const before = peakMemory(pid);
    const sha256 = scanDigest("PR-2026-17", bytes);
    t.same(await fetchDigest(`${scan}?bytes=${bytes}`), { length: String(bytes), sha256 });
    t.same(await upload(decisions, "PR-2026-17", bytes), { bytes, sha256 });
    const grown = (peakMemory(pid) - before) / mebibyte;
    t.ok(grown < 48, `memory grew by ${grown.toFixed(1)} MiB, of which a body has 64`);
  },
);

t.test("a caller that only asks for the head of a scan gets its length at once", async (t) => {
  const { registers } = await ready(run(t, "archive=0"));
  const url = `${registers.archive}/decisions/PR-2026-17/scan?bytes=${4 * 1024 * mebibyte}`;
  const response = await fetch(url, { method: "HEAD" });
  t.equal(response.headers.get("content-length"), String(4 * 1024 * mebibyte));
  t.equal((await fetch(`${url}0`)).status, 400, "more than 4 GiB");
});

t.test("scans are determined by their id and differ from each other and from block to block", async (t) => {
  t.equal(scanDigest("PR-2026-17", 300_000), scanDigest("PR-2026-17", 300_000));
  t.not(scanDigest("PR-2026-17", 300_000), scanDigest("PR-2026-18", 300_000));
  t.equal(
    new Set([...scanBlocks("PR-2026-17", 6_553_600)].map((block) => block.toString("latin1"))).size,
    100,
  );
});
