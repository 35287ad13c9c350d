import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { sha256, toBase64Url } from "../../src/core/bytes.ts";
import type { Clock } from "../../src/core/clock.ts";
import { documentGroup, leafOf, previousGroup, tipGroup } from "../../src/messagelog/batch.ts";
import type { ContextDocument } from "../../src/messagelog/message-record.ts";
import type { Batch, MessageStore } from "../../src/messagelog/message-store.ts";
import { writeCertificatesPem } from "../../src/pki/certificate.ts";
import { newSqlite } from "../store/scene-store.ts";
import { testOnStores } from "../store/test-on-stores.ts";
import { sampleAnswer, sampleRecord } from "./sample-record.ts";
import { sealingScene, verdictOf } from "./sealing-scene.ts";

const minute = 60_000;

const test = await testOnStores();

function document(kind: ContextDocument["kind"], text: string): ContextDocument {
  const bytes = Buffer.from(text);
  return { kind, sha256: toBase64Url(sha256(bytes)), bytes };
}

function hasLeaf(batch: Batch, leaf: Buffer): boolean {
  for (let i = 0; i < batch.leaves.length; i += 32) {
    if (batch.leaves.subarray(i, i + 32).equals(leaf)) return true;
  }
  return false;
}

test("every record of a batch is proven by its evidence record, and openssl accepts the token", async (t, newStore) => {
  const scene = await sealingScene(t, undefined, newStore);
  const log = await scene.open();
  const questions = Array.from({ length: 21 }, () => sampleRecord({ time: scene.clock.now() }));
  for (const question of questions) {
    await log.append(question);
    await log.append(sampleAnswer(question, question.time));
  }
  t.equal(await log.sealNow(), true);
  t.equal(log.timestampLag(), 0);
  const token = await scene.read(async (reader) => {
    for (const { exchangeId } of questions) {
      const { records } = await reader.findExchange(exchangeId);
      t.strictSame(
        records.map((record) => verdictOf(record, scene)),
        ["valid", "valid"],
      );
    }
    return (await reader.log.batch(1))!;
  });
  writeFileSync(join(scene.directory, "token"), token.token);
  writeFileSync(join(scene.directory, "root.pem"), writeCertificatesPem(scene.anchors));
  writeFileSync(join(scene.directory, "issuing.pem"), writeCertificatesPem([scene.ca.issuing.certificate]));
  const at = String(Math.floor(scene.clock.now() / 1000));
  const verify = ["ts", "-verify", "-digest", token.root.toString("hex"), "-in", "token", "-token_in"];
  const trust = ["-CAfile", "root.pem", "-untrusted", "issuing.pem", "-attime", at];
  const options = { cwd: scene.directory, encoding: "utf8", stdio: "pipe" } as const;
  t.match(execFileSync("openssl", [...verify, ...trust], options), /Verification: OK/);
});

test("batches follow each other without overlap, each with the root of the one before", async (t, newStore) => {
  const scene = await sealingScene(t, undefined, newStore);
  const log = await scene.open();
  const configuration = document("configuration", "the configuration of that day");
  await log.keep(configuration);
  await log.keep(configuration);
  for (let i = 0; i < 3; i++) await log.append(sampleRecord({ time: scene.clock.now() }));
  await log.sealNow();
  const agreement = document("agreement", "the agreement");
  await log.keep(agreement);
  for (let i = 0; i < 2; i++) await log.append(sampleRecord({ time: scene.clock.now() }));
  await log.sealNow();
  await scene.read(async ({ log }) => {
    const [first, second] = [(await log.batch(1))!, (await log.batch(2))!];
    const [{ writer, number, chain }] = (await log.writers()) as [never];
    t.strictSame(
      [first.spans, second.spans],
      [[{ writer, first: 1, last: 3 }], [{ writer, first: 4, last: 5 }]],
    );
    t.ok(hasLeaf(first, leafOf(documentGroup("configuration", configuration.sha256))));
    t.ok(hasLeaf(second, leafOf(previousGroup(first))));
    t.ok(hasLeaf(second, leafOf(documentGroup("agreement", agreement.sha256))));
    t.ok(hasLeaf(second, leafOf(tipGroup("open", { writer, number, chain }))));
    t.strictSame([first.leaves.length / 32, second.leaves.length / 32], [3 + 1 + 1 + 1, 2 + 1 + 1 + 1 + 1]);
  });
});

t.test("a batch is made 30 seconds after its first record, and none when there is nothing", async (t) => {
  const { open, timers, clock, read } = await sealingScene(t);
  const log = await open();
  t.strictSame(timers.waiting, []);
  t.equal(await log.sealNow(), true);
  await log.append(sampleRecord({ time: clock.now() }));
  await log.append(sampleRecord({ time: clock.now() }));
  t.strictSame(
    timers.waiting.map(({ ms }) => ms),
    [30_000],
  );
  clock.time += 30_000;
  t.equal(log.timestampLag(), 30_000);
  timers.waiting.shift()!.run();
  await log.sealNow();
  t.equal(log.timestampLag(), 0);
  t.strictSame(timers.waiting, []);
  t.equal((await read(({ log }) => log.batch(1)))?.leaves.length, 4 * 32);
});

t.test("a statement about an idle log is time-stamped like a message, and checked like one", async (t) => {
  const { open, timers, clock, read } = await sealingScene(t);
  const log = await open();
  await log.append(sampleRecord({ time: clock.now() }));
  await log.sealNow();
  const erasure = document("erasure", "a statement");
  await log.keep(erasure);
  t.strictSame(
    timers.waiting.map(({ ms }) => ms),
    [30_000],
  );
  clock.time += 30_000;
  t.equal(log.timestampLag(), 30_000);
  await log.sealNow();
  t.equal(log.timestampLag(), 0);
  await log.sealNow();
  await read(async ({ log }) => {
    const [first, second] = [(await log.batch(1))!, (await log.batch(2))!];
    t.strictSame(second.spans, []);
    t.ok(hasLeaf(second, leafOf(previousGroup(first))));
    t.ok(hasLeaf(second, leafOf(documentGroup("erasure", erasure.sha256))));
    t.equal(await log.batch(3), undefined, "and none when there is nothing");
  });
});

t.test(
  "without a time-stamp traffic goes on, it is told, and the backlog is stamped oldest first",
  async (t) => {
    const scene = await sealingScene(t);
    const { clock, services } = scene;
    const log = await scene.open();
    services.tsa.knobs.fault = "off";
    await log.append(sampleRecord({ time: clock.now() }));
    t.equal(await log.sealNow(), false);
    clock.time += 6 * minute;
    await log.append(sampleRecord({ time: clock.now() }));
    t.equal(await log.sealNow(), false);
    t.equal(log.timestampLag(), 6 * minute);
    const { state, failure } = log.health().sealing;
    t.equal(state, "late");
    t.equal(failure?.since, clock.now() - 6 * minute);
    t.match(failure?.reason, services.tsa.url);
    t.strictSame(
      scene.timers.waiting.map(({ ms }) => ms),
      [20_000],
      "it will try again, later each time",
    );
    clock.time += 60 * minute;
    t.equal(log.health().sealing.state, "overdue");
    services.tsa.knobs.fault = "none";
    scene.timers.waiting.shift()!.run();
    t.equal(await log.sealNow(), true);
    t.match(log.health().sealing, { state: "ok", lag: 0, failure: undefined });
    await scene.read(async ({ log }) => t.match((await log.batch(1))?.spans, [{ first: 1, last: 2 }]));
  },
);

t.test("a log that cannot be asked who seals is asked again as soon each time", async (t) => {
  let store: MessageStore | undefined;
  const scene = await sealingScene(t, undefined, async (directory) => {
    const made = await newSqlite(directory);
    const open = async (clock: Clock) => {
      store = await made.open(clock);
      return store;
    };
    return { ...made, open };
  });
  const log = await scene.open();
  await log.append(sampleRecord({ time: scene.clock.now() }));
  const { holdsSealing } = store!;
  store!.holdsSealing = async () => Promise.reject(new Error("away"));
  for (let tries = 0; tries < 3; tries++) {
    t.equal(await log.sealNow(), false);
    t.strictSame(
      scene.timers.waiting.map(({ ms }) => ms),
      [10_000],
    );
  }
  store!.holdsSealing = holdsSealing;
  t.equal(await log.sealNow(), true);
});

test("an OCSP response older than an hour gets a fresher one beside it, and the file stays as sealed", async (t, newStore) => {
  const fresh = { der: Buffer.from("a fresher response"), thisUpdate: 0 };
  const scene = await sealingScene(
    t,
    async (certificate, issuer) => {
      t.strictSame([certificate, issuer], [old.certificate.der, old.certificate.issuerDer]);
      return fresh;
    },
    newStore,
  );
  const time = scene.clock.now();
  fresh.thisUpdate = time;
  const sample = sampleRecord({ time });
  const ocsp = { ...sample.ocsp, thisUpdate: time - 61 * minute };
  const old = sampleRecord({ time, ocsp });
  const log = await scene.open();
  await log.append(old);
  t.equal(await log.sealNow(), true);
  const evidence = (await scene.read((reader) => reader.findExchange(old.exchangeId))).records[0]!;
  t.equal(verdictOf(evidence, scene), "valid");
  t.strictSame(evidence.refreshedOcsp?.der, fresh.der);
  const file = JSON.parse(evidence.signatureFile.toString());
  const [xVals, rVals] = file.header.etsiU.map((text: string) =>
    JSON.parse(Buffer.from(text, "base64url").toString()),
  );
  t.strictSame(xVals, { xVals: [{ x509Cert: { val: old.certificate.issuerDer.toString("base64") } }] });
  t.strictSame(rVals, {
    rVals: { ocspVals: [ocsp.der, fresh.der].map((der) => ({ val: der.toString("base64") })) },
  });
  t.equal(`${file.protected}..${file.signature}`, old.signature);
});

test("where no fresher OCSP response is to be had the batch does not wait", async (t, newStore) => {
  const scene = await sealingScene(t, undefined, newStore);
  const sample = sampleRecord({ time: scene.clock.now() });
  const old = { ...sample, ocsp: { ...sample.ocsp, thisUpdate: sample.time - 61 * minute } };
  const log = await scene.open();
  await log.append(old);
  t.equal(await log.sealNow(), true);
  const evidence = (await scene.read((reader) => reader.findExchange(old.exchangeId))).records[0]!;
  t.equal(verdictOf(evidence, scene), "valid");
  t.equal(evidence.refreshedOcsp, undefined);
});

t.test(
  "a statement that a crash left without time-stamp gets one at the next start, of itself",
  async (t) => {
    const scene = await sealingScene(t);
    const { clock, services, timers } = scene;
    const first = await scene.open();
    await first.append(sampleRecord({ time: clock.now() }));
    await first.sealNow();
    services.tsa.knobs.fault = "off";
    const erasure = document("erasure", "a statement");
    await first.keep(erasure);
    // As far as the log knows: it ends without having sealed.
    await first.close();
    services.tsa.knobs.fault = "none";
    const second = await scene.open();
    t.strictSame(
      timers.waiting.map(({ ms }) => ms),
      [0],
      "at once",
    );
    timers.waiting.shift()!.run();
    await second.sealNow();
    await scene.read(async ({ log }) => {
      t.ok(hasLeaf((await log.batch(2))!, leafOf(documentGroup("erasure", erasure.sha256))));
    });
    await second.close();
    timers.waiting.splice(0);
    await scene.open();
    t.strictSame(timers.waiting, [], "and a start with nothing left plans nothing");
  },
);

t.test(
  "closing seals what is pending; without an authority the next run does, and closes the old chain",
  async (t) => {
    const scene = await sealingScene(t);
    const { clock, services, timers } = scene;
    const first = await scene.open();
    await first.append(sampleRecord({ time: clock.now() }));
    await first.close();
    services.tsa.knobs.fault = "off";
    const second = await scene.open();
    const left = sampleRecord({ time: clock.now() });
    await second.append(left);
    await second.close();
    services.tsa.knobs.fault = "none";
    clock.time += minute;
    const third = await scene.open();
    t.equal(third.timestampLag(), minute);
    t.strictSame(
      timers.waiting.map(({ ms }) => ms),
      [0],
      "at once",
    );
    await third.append(sampleRecord({ time: clock.now() }));
    t.equal(await third.sealNow(), true);
    await scene.read(async (reader) => {
      t.equal(verdictOf((await reader.findExchange(left.exchangeId)).records[0]!, scene), "valid");
      const [one, two, three] = await reader.log.writers();
      const batch = (await reader.log.batch(2))!;
      t.strictSame(batch.spans, [
        { writer: two!.writer, first: 1, last: 1 },
        { writer: three!.writer, first: 1, last: 1 },
      ]);
      t.ok(hasLeaf(batch, leafOf(tipGroup("closed", two!))));
      t.ok(
        hasLeaf(batch, leafOf(tipGroup("closed", one!))) ||
          hasLeaf((await reader.log.batch(1))!, leafOf(tipGroup("closed", one!))),
      );
    });
  },
);
