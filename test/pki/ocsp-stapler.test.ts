import t, { type Test } from "tap";
import type { SealwayError } from "../../src/core/errors.ts";
import { type OcspKnobs, startOcspResponder } from "../../src/dev/ocsp-responder.ts";
import type { RunningService } from "../../src/dev/trust-service-server.ts";
import { OcspStapler } from "../../src/pki/ocsp-stapler.ts";
import { member, newCa, now } from "./fixtures.ts";

const hour = 3_600_000;
const ca = newCa();
const seal = ca.issueSeal(member, "Registry of Persons").certificate;
const issuer = ca.issuing.certificate;
const authorities = [{ issuer, signer: ca.issueOcspSigner() }];

/** A stapler whose time and timers the test turns by hand, over real responders. */
async function scene(t: Test, responders = 1) {
  const clock = { time: now, now: () => clock.time };
  const timers: { ms: number; run: () => void }[] = [];
  const services: RunningService<OcspKnobs>[] = [];
  for (let i = 0; i < responders; i++) {
    services.push(await startOcspResponder({ port: 0, clock, authorities }));
  }
  const stapler = new OcspStapler({
    clock,
    maxAgeMs: 8 * hour,
    timeoutMs: 30_000,
    after: (ms, run) => {
      const timer = { ms, run };
      timers.push(timer);
      return () => void timers.splice(timers.indexOf(timer), 1);
    },
  });
  t.teardown(async () => {
    stapler.close();
    await Promise.all(services.map((service) => service.close()));
  });
  const subject = { certificate: seal, issuer, responders: services.map(({ url }) => url) };
  /** Lets the pending timer fire at its time, and waits until the next one is set. */
  const next = async () => {
    const timer = timers.shift()!;
    clock.time += timer.ms;
    timer.run();
    while (timers.length === 0) await new Promise(setImmediate);
    return timer.ms;
  };
  const code = () => {
    try {
      stapler.staple(seal.fingerprint);
      return "good";
    } catch (error) {
      return (error as SealwayError).code;
    }
  };
  return { clock, timers, services, knobs: services[0]!.knobs, stapler, subject, next, code };
}

t.test("a good response is kept and refreshed at half-life", async (t) => {
  const { stapler, subject, timers, next } = await scene(t);
  await stapler.watch(subject);
  const first = stapler.staple(seal.fingerprint);
  t.equal(first.thisUpdate, now);
  t.equal(first.freshUntil, now + 8 * hour);
  t.equal(timers[0]!.ms, 4 * hour);
  await next();
  t.equal(stapler.staple(seal.fingerprint).thisUpdate, now + 4 * hour);
});

t.test(
  "while no responder answers the old response serves until it is stale, then nothing does",
  async (t) => {
    const { stapler, subject, knobs, next, code, clock } = await scene(t);
    await stapler.watch(subject);
    knobs.fault = "off";
    await next();
    const pauses = [await next(), await next(), await next()];
    t.strictSame(pauses, [1_000, 2_000, 4_000], "with back-off");
    t.equal(code(), "good");
    clock.time = now + 8 * hour + 1;
    t.equal(code(), "ocsp_stale");
    knobs.fault = "none";
    await next();
    t.equal(code(), "good", "and recovers");
  },
);

t.test("the next responder is asked when the first one fails", async (t) => {
  for (const fault of ["off", "reset", "garbage", "try-later", "wrong-signer", "expired", "unknown"]) {
    const { stapler, subject, services, code } = await scene(t, 2);
    services[0]!.knobs.fault = fault;
    await stapler.watch(subject);
    t.equal(code(), "good", fault);
  }
});

t.test(
  "a revocation takes the good response away at once, and an old good response does not bring it back",
  async (t) => {
    const { stapler, subject, knobs, next, code } = await scene(t);
    await stapler.watch(subject);
    knobs.revoked = [{ serial: seal.serial.toString("hex"), time: now, reason: 1 }];
    await next();
    t.equal(code(), "certificate_revoked");
    knobs.revoked = [];
    knobs.ageMs = 4 * hour + 60_000;
    await next();
    t.equal(code(), "certificate_revoked", "replayed");
    knobs.ageMs = 0;
    await next();
    t.equal(code(), "good", "the suspension was lifted");
  },
);

t.test("without any response there is nothing to staple", async (t) => {
  const { stapler, subject, knobs, code } = await scene(t);
  t.equal(code(), "ocsp_invalid", "not watched");
  knobs.fault = "unknown";
  await stapler.watch(subject);
  t.equal(code(), "ocsp_invalid", "unknown");
});

t.test("a closed stapler sets no more timers", async (t) => {
  const { stapler, subject, timers, code } = await scene(t);
  await stapler.watch(subject);
  stapler.close();
  t.equal(timers.length, 0);
  t.equal(code(), "ocsp_invalid");
});

t.test(
  "responder down: told with the time since when and the reason, while the kept response is used",
  async (t) => {
    const { stapler, subject, next, knobs, clock, services } = await scene(t);
    await stapler.watch(subject);
    t.match(stapler.standings(), [
      { fingerprint: seal.fingerprint, state: "good", failures: 0, thisUpdate: now },
    ]);
    knobs.fault = "off";
    await next();
    const since = clock.time;
    await next();
    const [standing] = stapler.standings();
    t.match(standing, { state: "good", failures: 2, failingSince: since, thisUpdate: now });
    t.ok(standing!.reason?.includes(services[0]!.url));
    knobs.fault = "none";
    await next();
    t.match(stapler.standings(), [{ failures: 0, failingSince: undefined, reason: undefined }]);
  },
);

t.test("responder that hands out stale responses: told as such once the kept one has aged", async (t) => {
  const { stapler, subject, next, knobs, clock } = await scene(t);
  await stapler.watch(subject);
  knobs.fault = "expired";
  await next();
  t.match(stapler.standings(), [{ state: "good", reason: /the response has expired/ }]);
  clock.time += 9 * hour;
  t.match(stapler.standings(), [{ state: "stale" }]);
});

t.test("revoked meanwhile: told as refused at the next refresh", async (t) => {
  const { stapler, subject, next, knobs, code } = await scene(t);
  await stapler.watch(subject);
  knobs.revoked = [{ serial: seal.serial.toString("hex"), time: now, reason: 1 }];
  await next();
  t.match(stapler.standings(), [{ state: "refused" }]);
  t.equal(code(), "certificate_revoked");
});

t.test("pauses after failures are shortened by a random part", async (t) => {
  const service = await startOcspResponder({ port: 0, clock: { now: () => now }, authorities });
  t.teardown(() => service.close());
  service.knobs.fault = "off";
  const pauses: number[] = [];
  const stapler = new OcspStapler({
    ...{ clock: { now: () => now }, maxAgeMs: 8 * hour, timeoutMs: 30_000, random: () => 0.5 },
    after: (ms) => {
      pauses.push(ms);
      return () => {};
    },
  });
  await stapler.watch({ certificate: seal, issuer, responders: [service.url] });
  t.strictSame(pauses, [750]);
  t.match(stapler.standings(), [{ state: "none", failures: 1 }]);
});
