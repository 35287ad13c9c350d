import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { unsafeId } from "../../../src/core/ids.ts";
import { flipped } from "../evidence-tampering.ts";
import { archiveScene, day, judged, verifyHere } from "./archive-scene.ts";
import { copied, filesAt, segmentAt } from "./archive-tampering.ts";

const scene = await archiveScene(t);
for (let i = 0; i < 3; i++) {
  await scene.exchanges(1);
  scene.clock.time += day;
}
await scene.archiveUntil(scene.clock.time + day);

/** What is found in a copy of the archive after a change. */
async function found(t: Test, change: (archive: string) => unknown) {
  const archive = copied(t, scene.archive);
  await change(archive);
  return judged(verifyHere(archive, "archive", scene.anchor, scene.clock.time));
}

function only(path: string[]): string {
  if (path.length !== 1) throw new Error(`${path.length} files`);
  return path[0]!;
}

type Attack = readonly [
  name: string,
  change: (archive: string) => unknown,
  failures: readonly string[],
  infos?: readonly string[],
];

const records = (archive: string) => only(filesAt(archive, 2, "records"));

/** Name of the attack, what is done, every failure that is found, in the order of the alphabet. */
// biome-ignore format: a table is read by its columns
const attacks: readonly Attack[] = [
  ["nothing is done", () => {}, []],
  ["a bit of the records is flipped", (a) => writeFileSync(records(a), flipped(readFileSync(records(a)))), ["file-altered"]],
  ["a file of records is cut short", (a) => truncateSync(records(a), 1000), ["file-altered"]],
  ["a file of records is taken out", (a) => rmSync(records(a)), ["file-missing"]],
  ["a line is added to a file", (a) => appendFileSync(records(a), "{}\n"), ["file-altered"]],
  ["a file is renamed", (a) => renameSync(records(a), `${records(a)}.old`), ["file-missing", "file-unlisted"]],
  ["a file is put into a segment", (a) => writeFileSync(join(segmentAt(a, 2), "more.records"), "x"), ["file-unlisted"]],
  ["a file is put into the archive", (a) => writeFileSync(join(a, "more"), "x"), ["file-unlisted"]],
  ["a folder is put into a segment", (a) => mkdirSync(join(segmentAt(a, 2), "more")), ["file-unlisted"]],
  ["a huge file stands in the place of records", (a) => truncateSync(records(a), 65 * 1024 * 1024), ["file-too-large"]],
  ["a folder of another name is a link to a segment", (a) => symlinkSync(segmentAt(a, 3), join(a, `00000004-${"0".repeat(64)}`)), ["file-unlisted"]],
  ["the manifest is altered", (a) => { const p = join(segmentAt(a, 2), "manifest.json"); writeFileSync(p, flipped(readFileSync(p))); }, ["record-missing", "segment-missing", "segment-unreadable"]],
  ["the manifest is taken out", (a) => rmSync(join(segmentAt(a, 2), "manifest.json")), ["record-missing", "segment-missing", "segment-unreadable"]],
  ["the manifest is a depth bomb", (a) => writeFileSync(join(segmentAt(a, 3), "manifest.json"), "[".repeat(1_000_000)), ["segment-unreadable"]],
  ["the manifest is huge", (a) => truncateSync(join(segmentAt(a, 3), "manifest.json"), 17 * 1024 * 1024), ["segment-unreadable"]],
  ["a segment's folder gets another digest", (a) => renameSync(segmentAt(a, 3), join(a, `00000003-${"0".repeat(64)}`)), ["segment-unreadable"]],
  ["a segment's folder gets another number", (a) => renameSync(segmentAt(a, 3), segmentAt(a, 3).replace("00000003-", "00000004-")), ["segment-unreadable"]],
  ["the first segment is left out", (a) => rmSync(segmentAt(a, 1), { recursive: true }), ["record-missing", "segment-missing"]],
  ["a segment is left out of the chain", (a) => rmSync(segmentAt(a, 2), { recursive: true }), ["record-missing", "segment-missing"]],
  ["the signature is taken out", (a) => rmSync(join(segmentAt(a, 2), "manifest.jws")), ["segment-not-signed"]],
  ["the signature is another segment's", (a) => writeFileSync(join(segmentAt(a, 2), "manifest.jws"), readFileSync(join(segmentAt(a, 1), "manifest.jws"))), ["segment-signature-invalid"]],
  ["the signature is damaged", (a) => { const p = join(segmentAt(a, 2), "manifest.jws"); writeFileSync(p, flipped(readFileSync(p))); }, ["segment-signature-invalid"]],
  ["the signature is no statement", (a) => writeFileSync(join(segmentAt(a, 2), "manifest.jws"), "a.b.c"), ["segment-signature-invalid"]],
  ["a run was interrupted", (a) => mkdirSync(join(a, "unfinished-1")), [], ["segment-unfinished"]],
  ["the last segment is cut off, which nobody can see here", (a) => rmSync(segmentAt(a, 3), { recursive: true }), []],
];

for (const [name, change, failures, infos = []] of attacks) {
  t.test(name, async (t) => {
    const result = await found(t, change);
    t.strictSame(result.failures, failures);
    t.strictSame(result.infos, infos);
    t.equal(result.verdict, failures.length === 0 ? "valid" : "invalid");
  });
}

t.test("links in the place of files are not followed", async (t) => {
  const result = await found(t, (archive) => {
    const file = records(archive);
    writeFileSync(join(scene.state, "elsewhere"), readFileSync(file));
    rmSync(file);
    symlinkSync(join(scene.state, "elsewhere"), file);
  });
  t.strictSame(result.failures, ["file-not-regular"]);
  const manifest = await found(t, (archive) => {
    const file = join(segmentAt(archive, 3), "manifest.json");
    writeFileSync(join(scene.state, "manifest"), readFileSync(file));
    rmSync(file);
    symlinkSync(join(scene.state, "manifest"), file);
  });
  t.strictSame([manifest.failures, manifest.details], [["segment-unreadable"], ["file-not-regular"]]);
});

t.test("a segment of another server, and one of another archive, are told", async (t) => {
  const other = join(scene.state, "other");
  const { benefitsSeal } = scene.scene.country;
  const server = unsafeId<never>("DEV/GOV/10000003/ss2");
  await scene.archiveUntil(scene.clock.time + day, other, { server }, benefitsSeal);
  t.equal((await judged(verifyHere(other, "archive", scene.anchor, scene.clock.time))).verdict, "valid");
  const result = await found(t, (archive) => {
    const mine = segmentAt(archive, 2);
    const theirs = segmentAt(other, 2);
    rmSync(mine, { recursive: true });
    renameSync(theirs, join(archive, theirs.split("/").at(-1)!));
  });
  t.strictSame(result.failures, ["segment-of-another-server", "segment-replaced"]);
});

t.test("two segments of one number are told", async (t) => {
  const other = join(scene.state, "again");
  const server = unsafeId<never>("DEV/GOV/10000003/ss2");
  await scene.archiveUntil(scene.clock.time + day, other, { server }, scene.scene.country.benefitsSeal);
  const result = await found(t, (archive) => {
    const theirs = segmentAt(other, 3);
    renameSync(theirs, join(archive, theirs.split("/").at(-1)!));
  });
  t.ok(result.failures.includes("segment-twice"));
});

t.test("one segment is verified by itself, under whatever name", async (t) => {
  const archive = copied(t, scene.archive);
  renameSync(segmentAt(archive, 2), join(archive, "a-segment"));
  const options = [scene.anchor, scene.clock.time] as const;
  const result = await judged(verifyHere(join(archive, "a-segment"), "segment", ...options));
  t.match(result, { verdict: "valid", infos: ["segment-alone"], counts: { "record-in-batch": 2 } });
});

t.test("what is no archive is unusable", async (t) => {
  const empty = t.testdir({});
  t.match(await judged(verifyHere(empty, "archive", scene.anchor, 0)), {
    verdict: "unusable",
    failures: ["archive-empty"],
  });
  const noAnchor = await judged(verifyHere(scene.archive, "archive", Buffer.from("{}"), 0));
  t.match(noAnchor, { verdict: "unusable", failures: ["anchor-unreadable"] });
});
