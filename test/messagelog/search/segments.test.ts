import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import t, { type Test } from "tap";
import { checkSegments } from "../../../src/messagelog/check/check-segments.ts";
import { SegmentFiles } from "../../../src/messagelog/search/segment-files.ts";
import { exchange, idsOf, searchScene } from "./search-scene.ts";

type Scene = Awaited<ReturnType<typeof searchScene>>;

/** Three segments of ten exchanges each, which begin with the given ids. */
async function threeSegments(scene: Scene) {
  const at = scene.clock.now();
  const ids: string[] = [];
  for (let segment = 0; segment < 3; segment++) {
    const some = Array.from({ length: 10 }, (_, i) =>
      exchange({ time: at + 1000 * segment + i, queryId: "q" }),
    );
    await scene.append(...some);
    await scene.build();
    ids.push(...some.map(({ exchangeId }) => exchangeId));
  }
  return ids;
}

function segments({ index }: Scene): string[] {
  return readdirSync(index)
    .filter((name) => name.endsWith(".segment"))
    .sort()
    .map((name) => join(index, name));
}

/** Every search finds all, by scan and by key. */
async function checkFinds(t: Test, scene: Scene, ids: readonly string[], what: string): Promise<void> {
  const search = scene.search();
  t.strictSame(await idsOf(search, { role: "consumer" }, { order: "oldest" }), ids, what);
  t.strictSame(await idsOf(search, { queryId: "q" }, { order: "oldest" }), ids, `${what}, by key`);
}

t.test("a damaged segment is built anew", async (t) => {
  const scene = await searchScene(t);
  const ids = await threeSegments(scene);
  t.equal(segments(scene).length, 3);
  const [, middle] = segments(scene);
  const good = readFileSync(middle!);
  // Each byte is covered by a checksum or by what every segment has.
  for (let at = 0; at < good.length; at += 97) {
    const bad = Buffer.from(good);
    bad[at]! ^= 0x10;
    writeFileSync(middle!, bad);
    const search = scene.search();
    const found = await idsOf(search, { queryId: "q" }, { order: "oldest" });
    if (found.join() !== ids.join()) t.fail(`byte ${at}: ${found.length} found`);
  }
  await scene.build();
  await checkFinds(t, scene, ids, "after all of it");
});

t.test("the check of a log names a damaged segment, and no good one", async (t) => {
  const scene = await searchScene(t);
  await threeSegments(scene);
  const [, middle] = segments(scene);
  const directory = dirname(middle!);
  t.strictSame(checkSegments(directory), []);
  t.strictSame(checkSegments(join(directory, "none")), [], "nor an index that nobody built");
  const bad = readFileSync(middle!);
  bad[bad.indexOf("[") + 1]! ^= 0x10;
  writeFileSync(middle!, bad);
  t.match(checkSegments(directory), [
    { kind: "segment-damaged", detail: new RegExp(`^${basename(middle!)}: .+ is not what was written$`) },
  ]);
  truncateSync(middle!, 10);
  t.match(checkSegments(directory), [{ detail: /: it is too short$/ }]);
});

for (const [what, damage] of [
  ["cut off", (path: string) => truncateSync(path, statSync(path).size - 100)],
  ["empty", (path: string) => truncateSync(path, 0)],
  [
    "of an older release",
    (path: string) =>
      writeFileSync(
        path,
        readFileSync(path, "latin1").replaceAll("sealway-search-2", "sealway-search-1"),
        "latin1",
      ),
  ],
] as const) {
  for (const which of [0, 1, 2]) {
    t.test(`segment ${which + 1} of 3 that is ${what} is built anew`, async (t) => {
      const scene = await searchScene(t);
      const ids = await threeSegments(scene);
      damage(segments(scene)[which]!);
      await checkFinds(t, scene, ids, what);
      // The last one is short enough to be searched in the log until the builder comes.
      await scene.build();
      t.equal(segments(scene).length, 3);
      await checkFinds(t, scene, ids, `${what}, built`);
    });
  }
}

t.test("an index that is missing, or another log's, is built anew", async (t) => {
  const scene = await searchScene(t);
  const ids = await threeSegments(scene);
  new SegmentFiles(scene.index).clear();
  await checkFinds(t, scene, ids, "missing");
  const other = await searchScene(t);
  const others = await threeSegments(other);
  await scene.build();
  for (const path of segments(scene))
    writeFileSync(path.replace(scene.index, other.index), readFileSync(path));
  await checkFinds(t, other, others, "another's");
});

t.test("a builder that is killed leaves a good index, wherever it was", async (t) => {
  const scene = await searchScene(t);
  const at = scene.clock.now();
  const all = Array.from({ length: 400 }, (_, i) => exchange({ time: at + i, queryId: "q" }));
  await scene.append(...all);
  const ids = all.map(({ exchangeId }) => exchangeId);
  const builder = join(import.meta.dirname, "build-for-ever.ts");
  for (const line of [1, 2, 3, 5]) {
    const child = spawn(process.execPath, [builder, scene.location, scene.index], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let lines = 0;
    child.stdout.on("data", (data: Buffer) => {
      lines += data.toString().split("\n").length - 1;
      if (lines >= line) child.kill("SIGKILL");
    });
    const [, signal] = await once(child, "exit");
    t.equal(signal, "SIGKILL");
    await checkFinds(t, scene, ids, `killed after ${line} writes`);
  }
  writeFileSync(join(scene.index, "building-4194305-0"), "what a dead process left");
  await scene.build();
  t.strictSame(
    readdirSync(scene.index).filter((name) => name.startsWith("building")),
    [],
  );
});

t.test("small segments grow together, and builders at once do not double anything", async (t) => {
  const scene = await searchScene(t);
  const at = scene.clock.now();
  const ids: string[] = [];
  for (let i = 0; i < 20; i++) {
    const one = exchange({ time: at + i, queryId: "q" });
    await scene.append(one);
    ids.push(one.exchangeId);
    await Promise.all([scene.build(), scene.build()]);
  }
  t.ok(segments(scene).length < 8, `${segments(scene).length} segments`);
  await checkFinds(t, scene, ids, "grown");
});
