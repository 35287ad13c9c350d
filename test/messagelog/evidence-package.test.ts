
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import t from "tap";
import { buildEvidencePackage } from "../../src/messagelog/evidence-package.ts";
import { readPackage } from "../../src/messagelog/package-read.ts";
import { verifyPackage } from "../../src/messagelog/verify-package.ts";
import { EvidenceScene } from "./evidence-scene.ts";

const scene = await EvidenceScene.start(t);
const at = scene.now + 60_000;

t.test("a package of a request and its answer is valid", async (t) => {
  const bytes = await buildEvidencePackage(await scene.goodParts());
  const { verdict, findings } = await verifyPackage(bytes, { at });
  for (const f of findings) console.log(f.severity, f.code, f.place, f.detail ?? "");
  t.equal(verdict, "valid");
  const directory = mkdtempSync(join(tmpdir(), "sealway-package-"));
  for (const [path, content] of await readPackage(bytes)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  }
  console.log(directory, bytes.length);
  console.time();
  for (let i = 0; i < 100; i++) await verifyPackage(bytes, { at });
  console.timeEnd();
});
