import t from "tap";
import { readArchiveFolder, readManifest } from "../../../src/messagelog/archive/archive-folder.ts";
import type { RecordsFile } from "../../../src/messagelog/archive/segment-manifest.ts";
import { newestConfiguration } from "../../../src/messagelog/archive/verify-archive.ts";
import { RecordsVerifier } from "../../../src/messagelog/archive/verify-records.ts";
import { VerifyThreads } from "../../../src/messagelog/archive/verify-threads.ts";
import { parseAnchor } from "../../../src/trust/anchor.ts";
import { archiveScene, day } from "./archive-scene.ts";

t.test("a thread judges records as the main thread does", async (t) => {
  const scene = await archiveScene(t);
  await scene.exchanges(2);
  const at = scene.clock.time + day;
  await scene.archiveUntil(at);
  const [folder] = (await readArchiveFolder(scene.archive)).segments;
  const manifest = await readManifest(folder!);
  const segment = { path: folder!.path, name: folder!.name, manifest };
  const file = manifest.files.find((one): one is RecordsFile => one.kind === "records")!;
  const provenAt = new Map([[1, manifest.period.from]]);
  const anchor = parseAnchor(scene.anchor);
  const here = new RecordsVerifier(anchor, await newestConfiguration(segment, anchor), at);
  const expected = await here.judge(segment, file, provenAt);
  const threads = new VerifyThreads({ anchor: scene.anchor, last: segment, at }, 2);
  t.teardown(() => threads.close());
  const task = { kind: "records", segment, file, provenAt } as const;
  for (const { counted, rows } of await Promise.all([1, 2, 3].map(() => threads.run(task)))) {
    t.strictSame(counted, expected.counted);
    t.ok(expected.rows?.equals(rows!));
  }
  t.strictSame((await threads.run({ kind: "packages", paths: ["none.zip"] })).verdicts, []);
});
