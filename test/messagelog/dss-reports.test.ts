import { readFileSync } from "node:fs";
import t from "tap";
import { readPackage } from "../../src/messagelog/evidence/package-read.ts";
import { verifyPackage } from "../../src/messagelog/evidence/verify-package.ts";

/*
 * What EU DSS 6.4 (policy engine, default policy with structure, name match, policy hash, key usage and coverage by the
 * evidence record set to FAIL) says of the package of a demonstration exchange: its reports, kept as they came. DSS
 * stays outside the repository; here both verdicts are held against each other.
 */

const read = (name: string) => readFileSync(new URL(`../fixtures/dss/${name}`, import.meta.url));
const at = Date.parse("2026-11-22T07:07:17Z");

t.test("Sealway and EU DSS agree on the package of a demonstration exchange", async (t) => {
  const result = await verifyPackage(read("package.zip"), { anchor: read("anchor.json"), at });
  t.equal(result.verdict, "valid");
  const files = await readPackage(read("package.zip"));
  for (const message of ["request", "response"]) {
    const report = read(`${message}.simple-report.xml`).toString("utf8");
    t.match(report, /<Indication>TOTAL_PASSED<\/Indication>/, message);
    t.match(report, /SignatureFormat="JAdES-BASELINE-B"/);
    t.match(report, /<EvidenceRecord [^>]*>\s*<Filename>evidence\.ers<\/Filename>\s*<Indication>PASSED</);
    for (const name of ["exchange", "head"]) t.ok(report.includes(`name="${name}" scope="FULL"`), name);
    const jws = JSON.parse(String(files.get(`${message}/signature.jws.json`))) as { protected: string };
    const { iat } = JSON.parse(Buffer.from(jws.protected, "base64url").toString("utf8")) as { iat: number };
    const signed = new Date(iat * 1000).toISOString().replace(".000Z", "Z");
    t.ok(report.includes(`<SigningTime>${signed}</SigningTime>`), "the report is about this message");
  }
});
