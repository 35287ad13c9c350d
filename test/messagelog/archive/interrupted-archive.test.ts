import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import t, { type Test } from "tap";
import type { NewStore } from "../../store/scene-store.ts";
import { testOnStores } from "../../store/test-on-stores.ts";
import { archiveScene, day, judged, verifyHere } from "./archive-scene.ts";
import { copied } from "./archive-tampering.ts";

/** A log of six days, and the archive of them. */
async function sixDays(t: { teardown(close: () => unknown): void }, newStore?: NewStore) {
  const scene = await archiveScene(t, newStore);
  for (let i = 0; i < 6; i++) {
    await scene.exchanges(2);
    scene.clock.time += day;
  }
  const until = scene.clock.time + day;
  return { scene, until, names: await scene.archiveUntil(until) };
}

const { scene, until, names } = await sixDays(t);
const test = await testOnStores();

t.test("equal logs make equal segments, in one run or in several", async (t) => {
  const other = join(scene.state, "piecewise");
  const made: string[] = [];
  for (let i = 5; i >= 0; i--) made.push(...(await scene.archiveUntil(until - i * day, other)));
  t.strictSame(made, names);
  t.strictSame(await scene.archiveUntil(until, other), [], "and nothing twice");
});

test("kill -9 while archiving: whole segments and nothing half; the next run completes it", async (t, newStore) => {
  const { scene, until, names } = await sixDays(t, newStore);
  const directory = join(scene.state, "killed");
  const script = join(import.meta.dirname, "archive-until-killed.ts");
  const anchor = join(scene.state, "anchor.json");
  writeFileSync(anchor, scene.anchor);
  for (let pause = 0; pause < 60; pause += 15) {
    const child = spawn(process.execPath, [script, scene.storeAgain, directory, anchor], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await Promise.race([once(child.stdout, "data"), once(child, "exit")]);
    await wait(pause);
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    const entries = readdirSync(directory).sort();
    const whole = entries.filter((name) => !name.startsWith("unfinished-"));
    t.strictSame(whole, names.slice(0, whole.length), `after ${whole.length} segments`);
    const result = await judged(verifyHere(directory, "archive", scene.anchor, scene.clock.time));
    // The child signs with a seal of its own.
    t.strictSame(result.failures, ["segment-signer-unproven"]);
  }
  const rest = await scene.archiveUntil(until, directory);
  t.strictSame(readdirSync(directory).sort(), names);
  t.ok(names.join().endsWith(rest.join()));
});

t.test("a segment under construction is not taken for one", async (t) => {
  const directory = copied(t, scene.archive);
  const half = join(directory, "unfinished-0198");
  mkdirSync(half);
  writeFileSync(join(half, "manifest.json"), "{}");
  const result = await judged(verifyHere(directory, "archive", scene.anchor, scene.clock.time));
  t.match(result, { verdict: "valid", infos: ["segment-unfinished"] });
  await scene.archiveUntil(until, directory);
  t.strictSame(readdirSync(directory).sort(), names, "the next run removes it");
});

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

function disk(t: Test, kilobytes: number): string {
  const directory = mkdtempSync(join(tmpdir(), "sealway-disk-"));
  mount("-t", "tmpfs", "-o", `size=${kilobytes}k`, "tmpfs", directory);
  t.teardown(() => {
    spawnSync("umount", ["-l", directory]);
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

t.test(
  "disk full while archiving: whole segments only, and it goes on when there is room",
  { skip },
  async (t) => {
    const place = disk(t, 4096);
    const archive = join(place, "archive");
    writeFileSync(join(place, "ballast"), Buffer.alloc(3_900_000));
    await t.rejects(scene.archiveUntil(until, archive), { code: "ENOSPC" });
    const there = readdirSync(archive).sort();
    t.strictSame(there, names.slice(0, there.length));
    t.ok(there.length < names.length);
    rmSync(join(place, "ballast"));
    await scene.archiveUntil(until, archive);
    t.strictSame(readdirSync(archive).sort(), names);
    t.equal((await judged(verifyHere(archive, "archive", scene.anchor, scene.clock.time))).verdict, "valid");
  },
);

t.test("a read-only disk is refused and left as it was", { skip }, async (t) => {
  const place = disk(t, 4096);
  const archive = join(place, "archive");
  await scene.archiveUntil(until - 3 * day, archive);
  const before = readdirSync(archive).sort();
  mount("-o", "remount,ro", place);
  await t.rejects(scene.archiveUntil(until, archive), { code: "EROFS" });
  t.strictSame(readdirSync(archive).sort(), before);
});
