import { mkdirSync, writeFileSync } from "node:fs";
import { buildEvidencePackage } from "../../src/messagelog/evidence/evidence-package.ts";
import { writeAnchor } from "../../src/trust/anchor.ts";
import { EvidenceScene } from "./evidence-scene.ts";

/*
 * Writes the fixtures of a release, which stay for ever: a package and its anchor. Run once, with the release's name:
 *   npx node test/messagelog/make-evidence-fixture.ts 0.1
 */
const [release] = process.argv.slice(2);
if (release === undefined) throw new Error("name the release");
const folder = new URL(`../fixtures/evidence/${release}/`, import.meta.url);
const scene = await EvidenceScene.start({ teardown: () => {} });
mkdirSync(folder, { recursive: true });
// An existing file is left alone: a package of a release does not change.
const write = (name: string, bytes: Buffer) => writeFileSync(new URL(name, folder), bytes, { flag: "wx" });
write("package.zip", await buildEvidencePackage(await scene.goodParts()));
write("anchor.json", writeAnchor(scene.published.authority.anchor));
process.exit();
