import t, { type Test } from "tap";
import { DevelopmentCa } from "../../src/dev/ca.ts";
import { startTimestampAuthority } from "../../src/dev/timestamp-authority.ts";
import type { UnexpectedTokenDocument } from "../../src/messagelog/side-tokens.ts";
import { readSentCertificates } from "../../src/pki/sent-certificates.ts";
import { findNamedSigner } from "../../src/pki/signing-certificate.ts";
import { TimestampStanding } from "../../src/pki/timestamp-standing.ts";
import { parseTimestampToken } from "../../src/pki/timestamp-token.ts";
import { sampleRecord } from "./sample-record.ts";
import { sealingScene, verdictOf } from "./sealing-scene.ts";

const minute = 60_000;
const hour = 60 * minute;

/** A log with two authorities, the second one good. */
async function twoAuthorities(t: Test) {
  const scene = await sealingScene(t);
  const { ca, clock, services, sources } = scene;
  const second = await startTimestampAuthority({ port: 0, clock, identity: ca.issueTimestamping() });
  t.teardown(() => second.close());
  const policies = ["0.4.0.2023.1.1"];
  sources.authorities = [
    { url: services.tsa.url, policies },
    { url: second.url, policies },
  ];
  const log = await scene.open();
  const append = async () => {
    const record = sampleRecord({ time: clock.now() });
    await log.append(record);
    return record;
  };
  const documents = (kind: "unexpected-token" | "second-token") =>
    scene.read(async (reader) =>
      (await reader.log.documentsOf(kind)).map(({ bytes }) => JSON.parse(bytes.toString("utf8"))),
    );
  return { ...scene, second, log, append, documents };
}

const unexpected: readonly (readonly [name: string, fault: string, finding: string])[] = [
  ["a token signed by somebody else", "wrong-signer", "the signature is wrong"],
  ["a token with another nonce", "wrong-nonce", "the nonce is not that of the request"],
  ["a token without a nonce", "no-nonce", "the nonce is not that of the request"],
  ["a token for another root", "wrong-imprint", "the imprint is of other data"],
  ["a token in another digest", "wrong-digest", "the imprint is of another algorithm"],
  ["a token under another policy", "wrong-policy", "the policy is not accepted"],
];

const shared = await twoAuthorities(t);
// The second authority's own stamp of the day is done, and nobody is asked for another one.
await shared.append();
await shared.log.sealNow();

for (const [name, fault, finding] of unexpected) {
  t.test(`${name} is kept, flagged, and the batch stamped by the next authority`, async (t) => {
    const scene = shared;
    const before = (await scene.documents("unexpected-token")).length;
    scene.services.tsa.knobs.fault = fault;
    const record = await scene.append();
    t.equal(await scene.log.sealNow(), true);
    const kept = (await scene.documents("unexpected-token")) as UnexpectedTokenDocument[];
    t.equal(kept.length, before + 1);
    const last = kept.at(-1)!;
    t.match(last, { authority: scene.services.tsa.url, findings: [finding], time: scene.clock.now() });
    t.ok(parseTimestampToken(Buffer.from(last.token, "base64")).info, "as it was received");
    t.match(scene.log.health().sealing.tokens.unexpected, { count: before + 1, findings: [finding] });
    await scene.read(async (reader) => {
      const { records } = await reader.findExchange(record.exchangeId);
      t.equal(records[0]!.sealed!.batch.authority, scene.second.url);
      t.equal(verdictOf(records[0]!, scene), "valid");
    });
  });
}

t.test("a token from another TSA, which nobody listed", async (t) => {
  const scene = await twoAuthorities(t);
  const { clock } = scene;
  const stranger = new DevelopmentCa({ instance: "DEV", clock, ocspUrl: scene.services.ocsp.url });
  const other = await startTimestampAuthority({ port: 0, clock, identity: stranger.issueTimestamping() });
  t.teardown(() => other.close());
  scene.sources.authorities = [{ url: other.url }, { url: scene.second.url }];
  await scene.append();
  t.equal(await scene.log.sealNow(), true);
  t.match(await scene.documents("unexpected-token"), [
    { authority: other.url, findings: ["the certificate leads to no anchor"] },
  ]);
});

t.test("a token of an expired certificate", async (t) => {
  const scene = await twoAuthorities(t);
  const { ca, clock } = scene;
  const identity = ca.issueTimestamping({ notAfter: clock.now() - 1000 });
  const expired = await startTimestampAuthority({ port: 0, clock, identity });
  t.teardown(() => expired.close());
  scene.sources.authorities = [{ url: expired.url }, { url: scene.second.url }];
  await scene.append();
  t.equal(await scene.log.sealNow(), true);
  t.match(await scene.documents("unexpected-token"), [
    { findings: ["a certificate was not valid at the time of the token"] },
  ]);
});

t.test("a token of a revoked certificate", async (t) => {
  const scene = await twoAuthorities(t);
  await scene.append();
  await scene.log.sealNow();
  const { token } = (await scene.read((reader) => reader.log.batch(1)))!;
  const certificate = tsaSerial(token);
  scene.services.ocsp.knobs.revoked = [{ serial: certificate, time: scene.clock.now() - 1000, reason: 1 }];
  await scene.append();
  t.equal(await scene.log.sealNow(), true);
  const { findings } = (await scene.documents("unexpected-token"))[0]!;
  t.strictSame(findings, ["the certificate is revoked"]);
  t.equal((await scene.read((reader) => reader.log.batch(2)))!.authority, scene.second.url);
});

function tsaSerial(token: Buffer): string {
  const { signedData } = parseTimestampToken(token);
  const signer = findNamedSigner(signedData.signers[0]!, readSentCertificates(signedData.certificates));
  return typeof signer === "string" ? signer : signer.serial.toString("hex");
}

for (const [name, ahead, finding] of [
  ["behind", -2 * minute, "the time is before the request"],
  ["ahead", 2 * minute, "the time is in the future"],
] as const) {
  t.test(`a TSA whose clock is ${name} by more than a minute`, async (t) => {
    shared.services.tsa.knobs.fault = "none";
    shared.services.tsa.knobs.clockAheadMs = ahead;
    await shared.append();
    t.equal(await shared.log.sealNow(), true);
    shared.services.tsa.knobs.clockAheadMs = 0;
    const kept = (await shared.documents("unexpected-token")) as UnexpectedTokenDocument[];
    t.strictSame(kept.at(-1)!.findings, [finding]);
  });
}

const nonsense = ["off", "reset", "garbage", "trailing-bytes", "trailing-token-bytes", "rejection"];
for (const fault of nonsense) {
  t.test(
    `TSA down or speaking nonsense (${fault}): the next one is asked, and nothing is kept of it`,
    async (t) => {
      const before = (await shared.documents("unexpected-token")).length;
      shared.services.tsa.knobs.fault = fault;
      const record = await shared.append();
      t.equal(await shared.log.sealNow(), true);
      t.equal((await shared.documents("unexpected-token")).length, before);
      const { records } = await shared.read((reader) => reader.findExchange(record.exchangeId));
      t.equal(records[0]!.sealed!.batch.authority, shared.second.url);
    },
  );
}

t.test(
  "TSA slow: its answer is waited for once, then it is left alone while the next one works",
  async (t) => {
    const scene = await twoAuthorities(t);
    const standing = new TimestampStanding(scene.clock, () => 0);
    // Long enough for the next one on a busy machine.
    Object.assign(scene.sources, { timeoutMs: 2_500, standing });
    scene.services.tsa.knobs.slowMs = 60_000;
    await scene.append();
    t.equal(await scene.log.sealNow(), true);
    // It was asked for the batch, and as the second authority of the day.
    const asked = standing.toAsk(scene.sources.authorities).map(({ url }) => url);
    t.strictSame(asked, [scene.second.url]);
    t.match(standing.of(scene.sources.authorities), [
      { failures: 2, reason: /no answer within 2500 ms/ },
      { failures: 0, lastGood: scene.clock.now() },
    ]);
  },
);

t.test("hours without any TSA: alarms in stages, and the backlog is stamped oldest first", async (t) => {
  const scene = await twoAuthorities(t);
  const { clock, services, second, timers, log } = scene;
  Object.assign(scene.sources, { standing: new TimestampStanding(clock, () => 0) });
  for (const tsa of [services.tsa, second]) tsa.knobs.fault = "off";
  const states: string[] = [];
  const start = clock.now();
  for (let i = 0; i < 8; i++) {
    await scene.append();
    t.equal(await log.sealNow(), false);
    states.push(log.health().sealing.state);
    t.equal(log.timestampLag(), clock.now() - start);
    clock.time += i < 4 ? 2 * minute : 2 * hour;
  }
  t.strictSame(states, ["ok", "ok", "ok", "late", "late", "overdue", "overdue", "overdue"]);
  t.strictSame(
    timers.waiting.map(({ ms }) => ms <= minute),
    [true],
    "it tries every minute at least",
  );
  second.knobs.fault = "none";
  await log.sealNow();
  t.equal(await log.sealNow(), true, "at the second try at the latest: one authority is asked at each");
  t.equal(log.timestampLag(), 0);
  t.equal(log.health().sealing.state, "ok");
  const batch = (await scene.read((reader) => reader.log.batch(1)))!;
  t.match(batch.spans, [{ first: 1, last: 8 }], "from the oldest record on");
});

t.test("the clock set back: the lag is never negative, and what contradicts is told", async (t) => {
  const scene = await twoAuthorities(t);
  const { clock, log } = scene;
  const record = await scene.append();
  clock.time -= 30 * minute;
  t.equal(log.timestampLag(), 0);
  t.equal(await log.sealNow(), true, "better stamped than not");
  t.strictSame(log.health().sealing.contradiction, {
    batch: 1,
    genTime: clock.now(),
    recordTime: record.time,
  });
  await scene.append();
  await log.sealNow();
  t.equal(log.health().sealing.contradiction, undefined);
});

t.test("once a day the second authority stamps the newest root", async (t) => {
  const scene = await twoAuthorities(t);
  const { clock, log, second } = scene;
  const seal = async () => {
    await scene.append();
    t.equal(await log.sealNow(), true);
    return (await scene.documents("second-token")).length;
  };
  t.equal(await seal(), 1);
  t.match(await scene.documents("second-token"), [{ batch: 1, authority: second.url, genTime: clock.now() }]);
  clock.time += 23 * hour;
  t.equal(await seal(), 1);
  clock.time += hour;
  second.knobs.fault = "off";
  t.equal(await seal(), 1, "no batch waits for it");
  t.match(log.health().sealing.tokens.second.failure, /503/);
  clock.time += hour;
  second.knobs.fault = "none";
  t.equal(await seal(), 2);
  const [, kept] = await scene.documents("second-token");
  const { root } = (await scene.read((reader) => reader.log.batch(4)))!;
  t.ok(parseTimestampToken(Buffer.from(kept.token, "base64")).info!.imprint.value.equals(root));
});

t.test("an authority that gives nothing but wrong tokens fills no disk", async (t) => {
  const scene = await twoAuthorities(t);
  scene.services.tsa.knobs.fault = "wrong-nonce";
  scene.sources.authorities = scene.sources.authorities.slice(0, 1);
  await scene.append();
  for (let i = 0; i < 105; i++) await scene.log.sealNow();
  t.equal((await scene.documents("unexpected-token")).length, 100);
  t.equal(scene.log.health().sealing.tokens.unexpected?.count, 105);
});
