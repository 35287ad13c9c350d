import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import t, { type Test } from "tap";
import { sha256 } from "../../../src/core/bytes.ts";
import { DevelopmentCa } from "../../../src/dev/ca.ts";
import { type OcspAuthority, startOcspResponder } from "../../../src/dev/ocsp-responder.ts";
import { obtainTimestamp } from "../../../src/pki/timestamp-client.ts";
import type { NewStore } from "../../store/scene-store.ts";
import { testOnStores } from "../../store/test-on-stores.ts";
import { byExpiry, day, inWords, judge, renewalScene, year } from "./renewal-scene.ts";

const test = await testOnStores();

/** A record whose time-stamp wants a renewal soon. */
async function agedScene(t: Test, newStore?: NewStore) {
  const scene = await renewalScene(t, newStore);
  const [record] = await scene.sealed(3);
  scene.clock.time += year - 20 * day;
  return { ...scene, record: record!, verdict: () => scene.verdictOf(record!.exchangeId).then(inWords) };
}

t.test("expired without a renewal", async (t) => {
  const scene = await agedScene(t);
  t.equal(await scene.verdict(), "valid, 1 time-stamps");
  scene.clock.time += 30 * day;
  t.strictSame(await scene.verdict(), ["a certificate expired before the time-stamp was renewed"]);
});

t.test("renewed too late", async (t) => {
  const scene = await agedScene(t);
  scene.clock.time += 30 * day;
  const { url } = await scene.authority({ notAfter: scene.clock.now() + year });
  t.equal((await scene.renewed(byExpiry, url)).leaves, 1);
  t.strictSame(await scene.verdict(), ["a certificate expired before the time-stamp was renewed"]);
});

t.test("renewed by an authority that nobody listed", async (t) => {
  const scene = await agedScene(t);
  const authorities: OcspAuthority[] = [];
  const ocsp = await startOcspResponder({ port: 0, clock: scene.clock, authorities });
  t.teardown(() => ocsp.close());
  const stranger = new DevelopmentCa({ instance: "DEV", clock: scene.clock, ocspUrl: ocsp.url });
  authorities.push(
    { issuer: stranger.issuing.certificate, signer: stranger.issueOcspSigner() },
    { issuer: stranger.root.certificate, signer: stranger.root },
  );
  const { url } = await scene.authority({}, stranger);
  await t.rejects(scene.renewed(byExpiry, url), { errors: [{ message: /leads to no anchor/ }] });
  const sources = { ...scene.sources, anchors: [stranger.root.certificate], authorities: [{ url }] };
  await scene.renewed(byExpiry, url, { stamp: (imprint) => obtainTimestamp(imprint, sources) });
  t.strictSame(await scene.verdict(), ["the certificate leads to no anchor"]);
});

t.test("renewed by an authority that was revoked", async (t) => {
  const scene = await agedScene(t);
  const tsa = await scene.authority({ notAfter: scene.clock.now() + year });
  await scene.renewed(byExpiry, tsa.url);
  t.equal(await scene.verdict(), "valid, 2 time-stamps");
  const verdict = await scene.verdictOf(scene.record.exchangeId);
  const revoked = verdict.timestamps[1]!.tsaCertificate.serial.toString("hex");
  scene.services.ocsp.knobs.revoked = [{ serial: revoked, time: scene.clock.now() - day, reason: 1 }];
  scene.sources.authorities = [{ url: tsa.url }];
  await t.rejects(scene.sealed(1), { message: /the certificate is revoked/ });
});

t.test("the old authority was revoked for its key before the renewal", async (t) => {
  const scene = await agedScene(t);
  const before = await scene.verdictOf(scene.record.exchangeId);
  const serial = before.timestamps[0]!.tsaCertificate.serial.toString("hex");
  scene.services.ocsp.knobs.revoked = [{ serial, time: scene.clock.now() - day, reason: 1 }];
  const { url } = await scene.authority({ notAfter: scene.clock.now() + year });
  await scene.renewed(byExpiry, url);
  t.strictSame(await scene.verdict(), ["the certificate is revoked"]);
});

t.test("the old authority was given up for good reasons before the renewal", async (t) => {
  const scene = await agedScene(t);
  const before = await scene.verdictOf(scene.record.exchangeId);
  const serial = before.timestamps[0]!.tsaCertificate.serial.toString("hex");
  scene.services.ocsp.knobs.revoked = [{ serial, time: scene.clock.now() - day, reason: 4 }];
  const { url } = await scene.authority({ notAfter: scene.clock.now() + year });
  await scene.renewed(byExpiry, url);
  t.equal(await scene.verdict(), "valid, 2 time-stamps");
});

t.test("an authority whose certificate ends no later renews nothing", async (t) => {
  const scene = await agedScene(t);
  const { url } = await scene.authority({ notAfter: scene.clock.now() + 10 * day });
  await t.rejects(scene.renewed(byExpiry, url), { message: /expires no later/ });
  t.equal(await scene.verdict(), "valid, 1 time-stamps");
});

t.test("an altered renewal: each changed byte of the new time-stamp is a finding", async (t) => {
  const scene = await agedScene(t);
  const { url } = await scene.authority({ notAfter: scene.clock.now() + year });
  await scene.renewed(byExpiry, url);
  const evidence = await scene.evidenceOf(scene.record.exchangeId);
  const good = evidence.sealed!.evidenceRecord;
  t.equal(inWords(judge(evidence, scene, good)), "valid, 2 time-stamps");
  const before = scene.clock.time;
  scene.clock.time += 30 * day;
  for (let at = 0; at < good.length; at += 17) {
    const bad = Buffer.from(good);
    bad[at]! ^= 1;
    const verdict = judge(evidence, scene, bad);
    // What no signature reaches, and nobody needs, may differ: unsigned attributes of the newest token.
    if (verdict.outcome === "valid") t.equal(verdict.provenAt, before - year + 20 * day, `byte ${at}`);
  }
  const tree = Buffer.from(good);
  tree[good.indexOf(sha256(evidence.sealed!.batch.token))]! ^= 1;
  t.strictSame(inWords(judge(evidence, scene, tree)), ["a document is not in the first list"]);
});

t.test("the leaves of a renewal were taken out of the log", async (t) => {
  const scene = await agedScene(t);
  const { url } = await scene.authority({ notAfter: scene.clock.now() + year });
  const kept: string[] = [];
  await scene.renewed(byExpiry, url, {
    keep: async (document) => {
      kept.push(document.kind);
      if (document.kind === "renewal") await scene.desk(url).keep(document);
    },
  });
  t.strictSame(kept, ["renewal-leaves", "renewal"], "leaves come first");
  await t.rejects(scene.evidenceOf(scene.record.exchangeId), {
    message: /the leaves of a renewal are missing/,
  });
});

test("kill -9 in the middle of a renewal leaves the old evidence, and the next run completes", async (t, newStore) => {
  const scene = await agedScene(t, newStore);
  const order = { method: "hash-tree", digest: "sha512" } as const;
  await scene.closedDuring(async () => {
    const script = join(import.meta.dirname, "renewal-process.ts");
    const anchor = scene.anchors[0]!.der.toString("base64");
    const child = spawn(process.execPath, [script, scene.storeAgain, anchor, String(scene.clock.now())], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    t.teardown(() => child.kill("SIGKILL"));
    const [line] = await once(child.stdout, "data");
    t.match(String(line), /leaves are kept/);
    child.kill("SIGKILL");
    await once(child, "exit");
  });
  t.equal(await scene.verdict(), "valid, 1 time-stamps");
  const reader = scene.openReader();
  t.equal((await reader.documentsOf("renewal-leaves")).length, 1);
  t.strictSame(await reader.documentsOf("renewal"), []);
  const { url } = await scene.authority({ notAfter: scene.clock.now() + year });
  t.equal((await scene.renewed(order, url)).leaves, 3);
  t.equal((await reader.documentsOf("renewal-leaves")).length, 1, "the same leaves are computed again");
  reader.close();
  t.equal(await scene.verdict(), "valid, 2 time-stamps");
});
