import { readdirSync, readFileSync } from "node:fs";
import t from "tap";
import { judged } from "./evidence-tampering.ts";

const fixtures = new URL("../fixtures/evidence/", import.meta.url);
const hour = 3_600_000;
const made = Date.UTC(2026, 10, 22, 12);

for (const release of readdirSync(fixtures)) {
  t.test(`a package of release ${release} is still valid`, async (t) => {
    const read = (name: string) => readFileSync(new URL(`${release}/${name}`, fixtures));
    const anchor = read("anchor.json");
    const result = await judged(read("package.zip"), { anchor, at: made + hour });
    t.match(result, { verdict: "valid", failures: [] });
    const later = await judged(read("package.zip"), { anchor, at: made + 5 * 365 * 24 * hour });
    t.match(later, { verdict: "valid", infos: ["certificate-expired-since"] }, "years later, too");
  });
}
