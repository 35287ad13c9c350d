import { readdirSync } from "node:fs";
import t from "tap";
import { archiveScene, day, judged } from "./archive-scene.ts";

t.test("closed days become segments that are verified without the log", async (t) => {
  const scene = await archiveScene(t);
  await scene.exchanges(3);
  await scene.exchanges(1);
  scene.clock.time += day;
  await scene.restart();
  await scene.exchanges(2);
  const names = await scene.archiveUntil(scene.clock.time + day);
  t.equal(names.length, 2);
  t.strictSame(readdirSync(scene.archive).sort(), names);
  const result = await judged(scene.verify());
  t.match(result, {
    verdict: "valid",
    archive: { segments: 2, records: 12 },
    failures: { length: 0 },
    counts: { "signature-valid": 12, "record-chained": 12, "record-in-batch": 12, "batch-complete": 3 },
  });
  t.comment(result);
});
