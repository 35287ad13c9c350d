import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { tokenGroup } from "../../../src/messagelog/renewal/leaf-chunk.ts";
import { writeCertificatesPem } from "../../../src/pki/certificate.ts";
import { parseEvidenceRecord } from "../../../src/pki/evidence-record.ts";
import { foldReducedTree } from "../../../src/pki/hash-tree.ts";
import { openssl } from "../../pki/fixtures.ts";
import { testOnStores } from "../../store/test-on-stores.ts";
import { byExpiry, day, inWords, renewalScene, year } from "./renewal-scene.ts";

const test = await testOnStores();

test("many batches are renewed by one token, and each record verifies past the end of the old certificate", async (t, newStore) => {
  const scene = await renewalScene(t, newStore);
  const records = [...(await scene.sealed(3)), ...(await scene.sealed(1)), ...(await scene.sealed(4))];
  const { url } = await scene.authority({ notAfter: scene.clock.now() + 5 * year });
  t.strictSame(await scene.renewed(byExpiry, url), { renewals: [], leaves: 0 }, "nothing is due yet");
  scene.clock.time += year - 20 * day;
  const outcome = await scene.renewed(byExpiry, url);
  t.equal(outcome.renewals.length, 1);
  t.equal(outcome.leaves, 3);
  scene.clock.time += year;
  for (const { exchangeId } of records)
    t.equal(inWords(await scene.verdictOf(exchangeId)), "valid, 2 time-stamps");
  t.strictSame(await scene.renewed(byExpiry, url), { renewals: [], leaves: 0 }, "and nothing is due again");
});

test("openssl verifies the renewing token over the recomputed hash of the old one", async (t, newStore) => {
  const scene = await renewalScene(t, newStore);
  const [record] = [await scene.sealed(2), await scene.sealed(2), await scene.sealed(1)].flat();
  const { url } = await scene.authority({ notAfter: scene.clock.now() + 5 * year });
  scene.clock.time += year - 20 * day;
  await scene.renewed(byExpiry, url);
  const { sealed } = await scene.evidenceOf(record!.exchangeId);
  const [first, second] = parseEvidenceRecord(sealed!.evidenceRecord).chains[0]!.timestamps;
  const fold = foldReducedTree(second!.reducedTree!, tokenGroup(first!.token, "sha256"));
  const { directory, anchors, ca } = scene;
  writeFileSync(join(directory, "renewal"), second!.token);
  writeFileSync(join(directory, "root.pem"), writeCertificatesPem(anchors));
  writeFileSync(join(directory, "issuing.pem"), writeCertificatesPem([ca.issuing.certificate]));
  const root = fold.outcome === "root" ? fold.root.toString("hex") : "none";
  const verify = ["ts", "-verify", "-digest", root, "-in", "renewal", "-token_in"];
  const at = String(Math.floor((scene.clock.now() + year) / 1000));
  t.match(
    openssl(directory, ...verify, "-CAfile", "root.pem", "-untrusted", "issuing.pem", "-attime", at),
    /OK/,
  );
});

test("a third generation renews what the second one did with batches of the time between", async (t, newStore) => {
  const scene = await renewalScene(t, newStore);
  const [first] = await scene.sealed(2);
  const second = await scene.authority({ notAfter: scene.clock.now() + 3 * year });
  scene.clock.time += year - 20 * day;
  await scene.renewed(byExpiry, second.url);
  scene.sources.authorities = [{ url: second.url }];
  const [between] = await scene.sealed(5);
  scene.clock.time += 2 * year;
  const third = await scene.authority({ notAfter: scene.clock.now() + 3 * year });
  t.equal((await scene.renewed(byExpiry, third.url)).leaves, 2, "one renewal and one batch");
  scene.clock.time += year;
  t.equal(inWords(await scene.verdictOf(first!.exchangeId)), "valid, 3 time-stamps");
  t.equal(inWords(await scene.verdictOf(between!.exchangeId)), "valid, 2 time-stamps");
});

test("hash-tree renewal to SHA-512, with the head absent, and a time-stamp renewal behind it", async (t, newStore) => {
  const scene = await renewalScene(t, newStore);
  const records = [...(await scene.sealed(3)), ...(await scene.sealed(2))];
  const second = await scene.authority({ notAfter: scene.clock.now() + 3 * year });
  scene.clock.time += year - 20 * day;
  await scene.renewed(byExpiry, second.url);
  const outcome = await scene.renewed({ method: "hash-tree", digest: "sha512" }, second.url, {
    reason: "command",
  });
  t.equal(outcome.leaves, 5);
  t.equal(
    (await scene.renewed({ method: "hash-tree", digest: "sha512" }, second.url)).leaves,
    0,
    "it is done",
  );
  scene.sources.authorities = [{ url: second.url }];
  const [later] = await scene.sealed(1);
  scene.clock.time += 2 * year;
  const third = await scene.authority({ notAfter: scene.clock.now() + 3 * year });
  const after = await scene.renewed(byExpiry, third.url);
  t.equal(after.renewals.length, 2, "a tree for each digest");
  t.equal(
    after.leaves,
    2,
    "the later batch, and the hash-tree renewal; what that took over needs nothing more",
  );
  scene.clock.time += year;
  for (const { exchangeId } of records) {
    const evidence = await scene.evidenceOf(exchangeId);
    t.equal(inWords(await scene.verdictOf(exchangeId)), "valid, 4 time-stamps");
    const { chains, digests } = parseEvidenceRecord(evidence.sealed!.evidenceRecord);
    t.strictSame(digests, ["sha256", "sha512"]);
    t.strictSame(
      chains.map(({ timestamps }) => timestamps.length),
      [2, 2],
    );
  }
  t.equal(inWords(await scene.verdictOf(later!.exchangeId)), "valid, 2 time-stamps");
});

test("the size of an evidence record, and what each renewal adds", async (t, newStore) => {
  const scene = await renewalScene(t, newStore);
  Object.assign(scene.sources, { anchors: [scene.ca.issuing.certificate] });
  const records = await scene.sealed(1000);
  const sizeOf = async () => (await scene.evidenceOf(records[500]!.exchangeId)).sealed!.evidenceRecord.length;
  const first = await sizeOf();
  const { url } = await scene.authority({ notAfter: scene.clock.now() + 5 * year });
  scene.clock.time += year - 20 * day;
  await scene.renewed(byExpiry, url);
  const second = await sizeOf();
  await scene.renewed({ method: "hash-tree", digest: "sha512" }, url);
  const third = await sizeOf();
  t.comment(`evidence record: ${first}, renewed ${second}, under SHA-512 ${third} bytes`);
  // Ten thousand are four lists of 36 bytes more.
  t.ok(first + 4 * 36 <= 2900, `${first} bytes`);
  t.ok(second - first <= 3500, `${second} bytes`);
  t.ok(third - second <= 4200, `${third} bytes`);
});
