import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Worker } from "node:worker_threads";
import t from "tap";
import { lookAtConfiguration } from "../../src/assembly/look-at-configuration.ts";
import { loadServerConfiguration } from "../../src/assembly/server-configuration.ts";
import { repositoryDirectory } from "../../src/authority/authority-state.ts";
import type { RegistryDocument } from "../../src/authority/registry-document.ts";
import { memberOf, type ServiceId } from "../../src/core/ids.ts";
import type { Identity } from "../../src/dev/ca.ts";
import { writeCertificatesPem } from "../../src/pki/certificate.ts";
import { TamperingMirror } from "../trust/tampering-mirror.ts";
import { until } from "../until.ts";
import { forgeRequest, realRequest, theSealOf } from "./country/forgery.ts";
import type { LoggedMessage } from "./country/logged.ts";
import { Peer } from "./country/peer.ts";
import { clients, type PlannedService, services } from "./country/plan.ts";
import { pathOf, SmallCountry } from "./country.ts";
import { resend } from "./crash/resend.ts";
import { story } from "./crash/traffic.ts";
import { healthOf } from "./failure/health.ts";
import { LongTimers } from "./failure/long-timers.ts";
import { told } from "./failure/told.ts";

/* CA, OCSP responder and governing authority fail or take back what they gave: no exchange rests on what is gone. */

const minute = 60_000;
const hour = 60 * minute;
const timers = new LongTimers(t);
/** Marked as sensitive. */
const sensitive: PlannedService = {
  ...{ id: `${clients.population}/sensitive` as ServiceId, contentKind: "opaque", target: "register" },
  ...{ endpoints: [["*", "/**"]], described: { sensitivity: "sensitive" } },
};
const country = await SmallCountry.start(t, {
  asking: { errors: { statuses: "plain" } },
  more: {
    services: [sensitive],
    agreements: [{ id: "sensitive", consumer: clients.benefits, service: sensitive.id }],
  },
});
const { asking, answering, authority, clock, trust } = country;
const path = pathOf(services.open, "/a");
/** Hours pass here, and of each one the gateways tell each other, at any moment: that is not what is asked. */
const isAsked = ({ document }: LoggedMessage) => document.service.id === services.open.id;
const ask = async () => {
  const seen = await country.watch(() => country.ask({ path }));
  return { ...seen, asking: seen.asking.filter(isAsked), answering: seen.answering.filter(isAsked) };
};
const works = async () => (await ask()).result.status === 200;

/** The consumer's gateway is unable: nothing is recorded, forwarded or done. */
const unable = (code: string) => ({
  ...{ status: 503, code, hop: "consumer" },
  ...{ asking: "", answering: "", calls: 0 },
});
/** The provider's gateway is unable: it neither records nor does what it could not answer for. */
const rejected = {
  ...{ status: 502, code: "peer_rejected", hop: "consumer" },
  ...{ asking: "sent request, sent fault peer_rejected", answering: "", calls: 0 },
};

const serialOf = ({ certificate }: Identity) => certificate.serial.toString("hex");

async function alarms(server = asking): Promise<string[]> {
  return [...(await healthOf(server)).alarms];
}

/** Publishes a registry and has both gateways take it into use. */
async function publish(document: RegistryDocument): Promise<void> {
  await authority.publish(document);
  const before = [asking, answering].map(({ gateway }) => gateway.health().configurationVersion as number);
  await until("both gateways use the new version", () => {
    timers.poll();
    return [asking, answering].every(
      ({ gateway }, i) => gateway.health().configurationVersion === before[i]! + 1,
    );
  });
}

t.test(
  "the OCSP responder is off: the kept response serves until it is stale, and a new one when it is back",
  async (t) => {
    trust.ocsp.knobs.fault = "off";
    clock.ahead += 7 * hour;
    t.equal((await ask()).result.status, 200, "seven of eight hours old");
    clock.ahead += 2 * hour;
    const seen = await ask();
    t.same(told(seen), unable("signer_unavailable"));
    t.match(seen.result.json().message, "no good and fresh OCSP response");
    t.ok((await alarms()).includes("warning signer_unavailable"));
    timers.refresh();
    t.same(told(await ask()), unable("signer_unavailable"), "still off");
    trust.ocsp.knobs.fault = "none";
    timers.refresh();
    await until("there is a fresh response", works);
    t.notOk((await alarms()).includes("warning signer_unavailable"));
  },
);

t.test("the consumer's seal is revoked while its gateway runs, and the suspension lifted", async (t) => {
  const serial = serialOf(theSealOf(country, "asking"));
  trust.ocsp.knobs.revoked = [{ serial, time: clock.now() }];
  t.equal((await ask()).result.status, 200, "a revocation is seen with the next OCSP response");
  timers.refresh();
  await until("the alarm is raised", async () => (await alarms()).includes("warning signer_unavailable"));
  t.same(told(await ask()), unable("signer_unavailable"));
  trust.ocsp.knobs.revoked = [];
  clock.ahead += minute;
  timers.refresh();
  await until("it signs again", works);
});

t.test(
  "the provider's seal is revoked: its register is not asked for what could not be answered",
  async (t) => {
    const serial = serialOf(theSealOf(country, "answering"));
    trust.ocsp.knobs.revoked = [{ serial, time: clock.now() }];
    timers.refresh();
    await until("the alarm is raised", async () =>
      (await alarms(answering)).includes("warning signer_unavailable"),
    );
    const seen = await ask();
    t.same(told(seen), rejected);
    t.match(seen.result.json().message, "answered 503 signer_unavailable");
    trust.ocsp.knobs.revoked = [];
    clock.ahead += minute;
    timers.refresh();
    await until("it signs again", works);
  },
);

for (const [name, server] of [
  ["consumer", asking],
  ["provider", answering],
] as const) {
  t.test(`the ${name}'s seal expires while its gateway runs`, async (t) => {
    const member = memberOf(server.parts.id);
    const { privateKey } = server.parts.seals.get(member)!;
    const notAfter = Math.floor(clock.now() / 1000) * 1000 + hour;
    const brief = country.ca.issueSeal(member, member, { privateKey, notAfter });
    const certificate = { der: brief.certificate.der.toString("base64") };
    const der = server.parts.seals.get(member)!.certificate.der.toString("base64");
    const seals = country.registry.seals.map((seal) =>
      "der" in seal.certificate && seal.certificate.der === der ? { ...seal, certificate } : seal,
    );
    await publish({ ...country.registry, seals });
    const file = join(server.parts.directory, `seal-${member.split("/").at(-1)}.cert.pem`);
    const kept = readFileSync(file);
    writeFileSync(file, writeCertificatesPem([brief.certificate]));
    await server.restart();
    t.equal((await ask()).result.status, 200);

    clock.ahead += hour + minute;
    const seen = await ask();
    t.same(told(seen), name === "consumer" ? unable("signer_unavailable") : rejected);
    t.match(seen.result.json().message, "certificate_expired");
    t.ok((await alarms(server)).includes("warning signer_unavailable"));

    writeFileSync(file, kept);
    await publish(country.registry);
    await server.restart();
    t.equal((await ask()).result.status, 200);
  });
}

t.test(
  "what the authority takes back counts for the next message of a connection that is kept",
  async (t) => {
    const peer = new Peer(country, asking.parts.tls);
    t.teardown(() => peer.close());
    const objects = await realRequest(country, { path });
    const send = async () => peer.send(await forgeRequest(country, objects));
    t.equal((await send()).status, 200);
    const der = theSealOf(country, "asking").certificate.der.toString("base64");

    const from = new Date(clock.now()).toISOString();
    const seals = country.registry.seals.map((seal) =>
      "der" in seal.certificate && seal.certificate.der === der
        ? { ...seal, history: [...seal.history, { state: "withdrawn" as const, from }] }
        : seal,
    );
    await publish({ ...country.registry, seals });
    const withdrawn = await country.watch(send);
    t.same([withdrawn.result.status, withdrawn.result.problem.code], [400, "certificate_unknown"]);
    t.same([withdrawn.answering.length, withdrawn.calls], [0, 0]);
    t.same(told(await ask()), unable("signer_unavailable"), "its own gateway knows it too");
    t.ok((await alarms()).includes("warning signer_unavailable"));

    const servers = country.registry.servers.filter(({ id }) => id !== asking.parts.id);
    const others = seals.filter((seal) => !seal.servers.includes(asking.parts.id));
    await publish({ ...country.registry, servers, seals: others });
    const removed = await country.watch(send);
    t.same([removed.result.status, removed.result.problem.code], [403, "peer_unknown"]);
    t.same([removed.answering.length, removed.calls], [0, 0]);
    t.same(told(await ask()), { ...unable("client_not_served"), status: 403 });

    await publish(country.registry);
    t.equal((await send()).status, 200, "given back, it works on the same connection");
    t.equal((await ask()).result.status, 200);
  },
);

t.test(
  "a certificate that nobody knows makes the gateway look for a newer configuration, once",
  async (t) => {
    const tls = country.ca.issueTls(country.rogue.id, "Renewed");
    const peer = new Peer(country, tls);
    t.teardown(() => peer.close());
    const servers = country.registry.servers.map((server) => {
      const certificate = { der: tls.certificate.der.toString("base64") };
      if (server.id !== country.rogue.id) return server;
      return { ...server, tlsCertificates: [...server.tlsCertificates, certificate] };
    });
    await authority.publish({ ...country.registry, servers });
    const before = answering.gateway.health().configurationVersion;
    t.equal(answering.gateway.health().configurationVersion, before, "nobody has asked yet");
    const first = await peer.post({});
    t.same([first.status, first.problem.code], [403, "peer_unknown"]);
    await until("the new version is in use", async () => {
      timers.endPause();
      await peer.post({});
      return answering.gateway.health().configurationVersion === (before as number) + 1;
    });
    const second = await peer.post({});
    t.same(
      [second.status, second.problem.code],
      [400, "malformed_message"],
      "it is known now; its message is empty",
    );
    t.equal((await alarms(asking)).includes("configuration_fork"), false);
    await until("the other one follows", () => {
      timers.poll();
      return asking.gateway.health().configurationVersion === (before as number) + 1;
    });
  },
);

/** What `sealway configuration` tells at the answering server. */
async function configurationSeen() {
  const configuration = await loadServerConfiguration(answering.configurationFile);
  const { host } = configuration.healthInterface;
  const healthInterface = { host, port: answering.gateway.ports.health };
  return lookAtConfiguration({ ...configuration, healthInterface }, clock);
}

t.test(
  "a peer that uses another configuration of the same version is an alarm until it agrees again",
  async (t) => {
    const peer = new Peer(country, asking.parts.tls);
    t.teardown(() => peer.close());
    const objects = await realRequest(country, { path });
    const sha256 = "A".repeat(43);
    const fork = await forgeRequest(country, objects, {
      document: (document) => ({ ...document, configuration: { ...document.configuration, sha256 } }),
    });
    t.equal((await peer.send(fork)).status, 200, "it is served all the same");
    const seen = await healthOf(answering);
    t.ok(seen.alarms.includes("warning configuration_fork"));
    t.match(seen.details.join(), `${asking.parts.id} uses another global configuration of the same version`);
    t.match(answering.logLines.join(""), "a peer uses another configuration of the same version");
    const { configurationVersion: version } = answering.gateway.health();
    t.match(await configurationSeen(), {
      mirrors: [{ mirror: authority.url, state: "fresh", version }],
      forks: { length: 0 },
      server: { version, alarms: [{ code: "configuration_fork", detail: asking.parts.id }] },
    });
    t.equal((await ask()).result.status, 200);
    t.notOk((await alarms(answering)).includes("warning configuration_fork"), "it agrees");
    t.match(await configurationSeen(), { server: { alarms: { length: 0 } } });
    await answering.restart();
  },
);

t.test("a mirror that rolls the configuration back is an alarm; what was newest stays in use", async (t) => {
  const repository = repositoryDirectory(join(country.directory, "authority"));
  const mirror = await TamperingMirror.start(repository);
  t.teardown(() => mirror.close());
  const file = asking.configurationFile;
  const configuration = JSON.parse(readFileSync(file, "utf8"));
  writeFileSync(file, JSON.stringify({ ...configuration, mirrors: [mirror.url] }));
  await asking.restart();
  const rolledBack = join(country.directory, "rolled-back");
  cpSync(repository, rolledBack, { recursive: true });
  await publish(country.registry);
  const { configurationVersion: newest } = await healthOf(asking);

  mirror.directory = rolledBack;
  await until("the alarm is raised", async () => {
    timers.poll();
    return (await alarms()).length > 0;
  });
  const seen = await healthOf(asking);
  t.same([seen.http, seen.status, seen.alarms], [200, "degraded", ["warning configuration_not_fresh"]]);
  t.match(seen.details.join(), /refused: .*version/i);
  t.equal(seen.configurationVersion, newest);
  t.equal((await ask()).result.status, 200);
  mirror.directory = repository;
  await until("the alarm ends", async () => {
    timers.poll();
    return (await alarms()).length === 0;
  });
  writeFileSync(file, JSON.stringify(configuration));
  await asking.restart();
});

t.test("the governing authority is silent: an alarm after ten minutes, the end after 72 hours", async (t) => {
  await authority.renew();
  await Promise.all([asking.restart(), answering.restart()]);
  const { asking: sent } = await ask();
  await Promise.all([asking.gateway.sealNow(), answering.gateway.sealNow()]);
  t.same(await alarms(), []);
  clock.ahead += 11 * minute;
  const late = await healthOf(asking);
  t.same([late.http, late.alarms], [200, ["warning configuration_not_fresh"]]);
  t.equal((await ask()).result.status, 200, "exchanges go on without it");

  const askSensitive = () => country.watch(() => country.ask({ path: pathOf(sensitive, "/a") }));
  t.equal((await askSensitive()).result.status, 200, "sensitive ones too");
  const peer = new Peer(country, asking.parts.tls);
  t.teardown(() => peer.close());
  const objects = await realRequest(country, { path: pathOf(sensitive, "/a") });
  clock.ahead += 4 * hour;
  t.same(told(await askSensitive()), unable("configuration_stale"));
  t.equal((await ask()).result.status, 200, "others go on after four hours");
  t.ok((await alarms()).includes("critical configuration_stale"));
  const stale = await country.watch(async () => peer.send(await forgeRequest(country, objects)));
  t.same([stale.result.status, stale.result.problem.code], [503, "configuration_stale"], "the provider too");
  t.same([stale.answering.length, stale.calls], [0, 0]);

  clock.ahead += 68 * hour;
  t.same(told(await ask()), unable("configuration_expired"));
  const seen = await country.watch(() => resend(country, sent[0]!, answering.parts.peerPort));
  t.same(
    [seen.result.status, seen.result.problem.code],
    [503, "configuration_expired"],
    "the provider as well",
  );
  t.same([seen.answering.length, seen.calls], [0, 0]);
  const end = await healthOf(asking);
  t.same([end.http, end.status, end.alarms], [503, "unable", ["critical configuration_expired"]]);

  await authority.renew();
  await until("it goes on by itself", () => {
    timers.poll();
    timers.refresh();
    return works();
  });
});

t.test(
  "a restart while no OCSP responder answers: the door opens, and what was cut is closed when it can be",
  async (t) => {
    const restart = async () => {
      const workers: Worker[] = [];
      const note = (worker: Worker) => void workers.push(worker);
      await answering.stop();
      process.on("worker", note);
      await answering.start();
      process.off("worker", note);
      // The thread that writes the log is the first one.
      threads.push(workers[0]!);
    };
    const threads: Worker[] = [];
    await restart();
    const kill = (worker: Worker) => void worker.terminate();
    country.register.answer(async () => {
      process.on("worker", kill);
      await threads[0]!.terminate();
      return {};
    });
    const cut = await ask();
    process.off("worker", kill);
    country.register.answer();
    t.equal(story(cut.answering), "received request", "it has no end yet");

    trust.ocsp.knobs.fault = "off";
    const count = await answering.log.count();
    await restart();
    t.same(told(await ask()), rejected);
    t.equal(await answering.log.count(), count);
    trust.ocsp.knobs.fault = "none";
    timers.refresh();
    const leftOpen = "warning exchanges_left_open";
    await until("there is an OCSP response", async () => (await alarms(answering)).join() === leftOpen);

    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const begun = country.register.begun;
    country.register.answer(async () => {
      await held;
      return { body: "in time" };
    });
    const running = country.ask({ path });
    await until("an exchange runs", () => country.register.begun === begun + 1);
    await threads.at(-1)!.terminate();
    await until("the log has another thread", async () => (await healthOf(answering)).http === 200);
    timers.refresh();
    await until("what was cut is closed", async () => (await alarms(answering)).length === 0);
    release();
    t.equal((await running).body.toString(), "in time", "what runs is not taken for cut");
    country.register.answer();
    const closed = (await answering.log.after(count)).filter(({ document }) => document.fault !== null);
    t.equal(story(closed), "sent fault interrupted");
    t.equal(closed[0]!.document.id, cut.asking[0]!.document.id);
    t.equal((await ask()).result.status, 200);
  },
);
