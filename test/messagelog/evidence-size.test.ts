import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { writeCertificatesPem } from "../../src/pki/certificate.ts";
import { parseEvidenceRecord } from "../../src/pki/evidence-record.ts";
import { sampleRecord } from "./sample-record.ts";
import { sealingScene, verdictOf } from "./sealing-scene.ts";

const records = 10_000;
/** Bytes, whoever the anchor is: 2.5 KB. */
const mostBytes = 2560;

t.test("an evidence record in a batch of 10,000 takes 2.5 KB, and openssl accepts its token", async (t) => {
  const scene = await sealingScene(t);
  const log = await scene.open();
  const ids: string[] = [];
  for (let i = 0; i < records; i += 500) {
    const some = Array.from({ length: 500 }, () => sampleRecord({ time: scene.clock.now() }));
    await Promise.all(some.map((record) => log.append(record)));
    ids.push(...some.map(({ exchangeId }) => exchangeId));
  }
  t.equal(await log.sealNow(), true);
  const evidence = await scene.read(async (reader) => {
    const found = [];
    for (const id of [ids[0]!, ids[records / 2]!, ids.at(-1)!]) {
      found.push((await reader.findExchange(id)).records[0]!);
    }
    return found;
  });
  for (const one of evidence) {
    const { batch, evidenceRecord } = one.sealed!;
    t.ok(batch.leaves.length / 32 > records);
    t.equal(verdictOf(one, scene), "valid");
    t.ok(evidenceRecord.length <= mostBytes, `${evidenceRecord.length} bytes`);
  }
  // Of the scene's log the anchor is the root: what travels is the longest that there can be, with an intermediate CA.
  const { batch, evidenceRecord } = evidence[0]!.sealed!;
  const { token } = parseEvidenceRecord(evidenceRecord).chains[0]!.timestamps[0]!;
  writeFileSync(join(scene.directory, "token"), token);
  writeFileSync(join(scene.directory, "root.pem"), writeCertificatesPem([scene.ca.root.certificate]));
  const at = String(Math.floor(scene.clock.now() / 1000));
  const about = ["-digest", batch.root.toString("hex"), "-in", "token", "-token_in"];
  const trust = ["-CAfile", "root.pem", "-attime", at];
  const options = { cwd: scene.directory, encoding: "utf8", stdio: "pipe" } as const;
  t.match(execFileSync("openssl", ["ts", "-verify", ...about, ...trust], options), /Verification: OK/);
});
