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
    t.match(result, { verdict: "valid", failures: { length: 0 } });
    const later = await judged(read("package.zip"), { anchor, at: made + 5 * 365 * 24 * hour });
    t.match(later, { verdict: "valid", infos: ["certificate-expired-since"] }, "years later, too");
  });
}

t.test("EU DSS called the messages of release 0.1 good in 2031, under its strict policy", async (t) => {
  for (const message of ["request", "response"]) {
    const report = readFileSync(new URL(`0.1/dss-${message}.txt`, fixtures), "utf8");
    t.match(report, /^indication +TOTAL_PASSED$/m);
    t.match(report, /^level +JAdES-BASELINE-B$/m);
    t.match(report, /EVIDENCE_RECORD_ARCHIVE_OBJECT doc=signature\.jws\.json found=true intact=true/);
    t.match(report, /validation-time 2031-/);
  }
});
