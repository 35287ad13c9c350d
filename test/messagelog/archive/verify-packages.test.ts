import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { verifyPackages } from "../../../src/messagelog/archive/verify-packages.ts";
import { buildEvidencePackage } from "../../../src/messagelog/evidence/evidence-package.ts";
import { verifyPackage } from "../../../src/messagelog/evidence/verify-package.ts";
import { writeAnchor } from "../../../src/trust/anchor.ts";
import { EvidenceScene } from "../evidence-scene.ts";
import { forged } from "../evidence-tampering.ts";

t.test("a folder gives the verdicts of its packages, in order, with threads and without", async (t) => {
  const scene = await EvidenceScene.start(t);
  const options = { anchor: writeAnchor(scene.published.authority.anchor), at: scene.now + 60_000 };
  const good = await buildEvidencePackage(await scene.goodParts());
  const bad = await forged(good, (files) => files.set("request/head", Buffer.from("another")));
  const directory = mkdtempSync(join(tmpdir(), "sealway-folder-"));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const files = Array.from({ length: 50 }, (_, i) => {
    const path = join(directory, `${100 + i}.zip`);
    const bytes = [good, bad, Buffer.from("no package")][i % 3]!;
    writeFileSync(path, bytes);
    return { path, bytes };
  });
  const paths = files.map(({ path }) => path);
  const expected = await Promise.all(
    files.map(async ({ path, bytes }) => ({ path, verdict: await verifyPackage(bytes, options) })),
  );
  for (const threads of [0, 1, 3]) {
    const found: unknown[] = [];
    for await (const one of verifyPackages(paths, { ...options, threads })) found.push(one);
    t.strictSame(found, expected, `${threads} threads`);
    const told: string[] = [];
    const withMissing = [...paths.slice(0, 20), join(directory, "none.zip"), ...paths.slice(20)];
    const failing = async () => {
      for await (const { path } of verifyPackages(withMissing, { ...options, threads })) told.push(path);
    };
    await t.rejects(failing(), { code: "ENOENT" }, `${threads} threads`);
    t.strictSame(told, paths.slice(0, 20));
  }
});
