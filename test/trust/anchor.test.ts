import { writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { initAuthority } from "../../src/authority/authority-state.ts";
import {
  type Anchor,
  checkAnchorPurpose,
  loadAnchor,
  parseAnchor,
  writeAnchor,
} from "../../src/trust/anchor.ts";
import { MovableClock } from "../authority/sample-registry.ts";
import { newDirectory } from "../new-directory.ts";

const stateDir = newDirectory();
const clock = new MovableClock();
const anchor: Anchor = await initAuthority({ stateDir, instance: "DEV", purpose: "demonstration", clock });
const file = JSON.parse(writeAnchor(anchor).toString());

t.test("the anchor that init wrote is read back as it was", async (t) => {
  t.same(await loadAnchor(join(stateDir, "anchor.json")), anchor);
});

t.test("production refuses a demonstration's anchor, and the reverse", async (t) => {
  checkAnchorPurpose(anchor, "demonstration");
  t.throws(() => checkAnchorPurpose(anchor, "production"), { message: /--demonstration/ });
  const production = { ...anchor, purpose: "production" as const };
  checkAnchorPurpose(production, "production");
  t.throws(() => checkAnchorPurpose(production, "demonstration"), { message: /without --demonstration/ });
});

const { signed, signatures } = file.root;
// biome-ignore format: a table is read by its columns
const bad: readonly (readonly [name: string, content: string | object, message: RegExp])[] = [
  ["no JSON", "-----BEGIN", /not JSON/],
  ["another version", { ...file, v: 2 }, /at \/v/],
  ["an unknown member", { ...file, extra: 1 }, /"extra"/],
  ["an unknown purpose", { ...file, purpose: "test" }, /at \/purpose: .*"production"/],
  ["no root", { ...file, root: undefined }, /'root'/],
  ["a root of one signature", { ...file, root: { signed, signatures: signatures.slice(0, 1) } }, /at \/root: root was signed by 1\/2 keys/],
  ["one signature counted twice", { ...file, root: { signed, signatures: [signatures[0], signatures[0]] } }, /at \/root: multiple signatures/],
  ["a root that was changed after signing", { ...file, root: { signatures, signed: { ...signed, version: 2 } } }, /at \/root: root was signed by 0\/2 keys/],
  ["metadata of another role", { ...file, root: { signatures, signed: { ...signed, _type: "targets" } } }, /at \/root: expected 'root'/],
  ["more than the cap", { ...file, instance: "D".repeat(700_000) }, /longer than 600000 bytes/],
];

for (const [name, content, message] of bad) {
  t.test(`refused: ${name}`, async (t) => {
    const bytes = Buffer.from(typeof content === "string" ? content : JSON.stringify(content));
    t.throws(() => parseAnchor(bytes), { name: "DocumentError", message });
  });
}

t.test("a file that is not there is named", async (t) => {
  await t.rejects(loadAnchor("/nowhere/anchor.json"), { message: /\/nowhere\/anchor\.json: ENOENT/ });
  const path = join(newDirectory(), "empty.json");
  writeFileSync(path, "");
  await t.rejects(loadAnchor(path), { message: /empty\.json: not JSON/ });
});
