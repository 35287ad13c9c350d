import { renameSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import t from "tap";
import { CatalogueHeads } from "../../../src/assembly/catalogue-heads.ts";
import { PublishedCatalogue } from "../../../src/assembly/published-catalogue.ts";
import { rootKeysDirectory, rotateKeys } from "../../../src/authority/authority-state.ts";
import { limitConnections } from "../../../src/authority/limit-connections.ts";
import type { RegistryDocument } from "../../../src/authority/registry-document.ts";
import { RateLimit } from "../../../src/authority/services/rate-limit.ts";
import { ConfigurationClient } from "../../../src/trust/configuration-client.ts";
import { residence } from "../../catalogue/residence.ts";
import { newDirectory } from "../../new-directory.ts";
import { until } from "../../until.ts";
import { der, population } from "../sample-registry.ts";
import { PublishingScene } from "./publishing-scene.ts";

/* Attacks on publishing by acts, over the authority's real port. */

const reason = "x";

/** What a gateway makes of it that was never here before. */
async function seenAnew(scene: PublishingScene) {
  const { anchor, url } = scene.authority;
  const place = { anchor, mirrors: [url], directory: newDirectory(), clock: scene.country.clock };
  const client = await ConfigurationClient.start(place);
  const published = new PublishedCatalogue(await CatalogueHeads.open(newDirectory()));
  published.renew(client.current());
  await client.close();
  return published;
}

async function connectTo({ authority }: PublishingScene): Promise<Socket> {
  const { hostname, port } = new URL(authority.url);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => undefined);
  await new Promise((resolve) => socket.once("connect", resolve));
  return socket;
}

/** The registry with another seal of the provider, the old one being in the wrong hands since a time. */
function withRenewedSeal(scene: PublishingScene, since: number): RegistryDocument {
  const registry = scene.registry();
  const renewed = scene.country.ca.issueSeal(population, "Population Register");
  const [stolen, ...others] = registry.seals;
  const history = [
    ...stolen!.history,
    { state: "compromised" as const, from: new Date(since).toISOString() },
  ];
  Object.assign(scene.country, { populationSeal: renewed });
  return {
    ...registry,
    seals: [{ ...stolen!, history }, { ...stolen!, certificate: der(renewed) }, ...others],
  };
}

t.test("two acts at once with the same predecessor: one is taken", async (t) => {
  const scene = await PublishingScene.start(t);
  await scene.do("publish");
  const acts = ["a", "b", "c", "d"].map((reason) => scene.act("suspend", { reason }));
  const signed = await Promise.all(acts.map((act) => scene.sign(act)));
  const answers = await Promise.all(signed.map((one) => scene.send(one)));
  t.strictSame(answers.map(({ status }) => status).sort(), [201, 409, 409, 409]);
  t.equal((await seenAnew(scene)).historyOf(residence.id).acts, 2);
});

t.test("a dry run that is spelled otherwise changes nothing", async (t) => {
  const scene = await PublishingScene.start(t);
  const signed = await scene.sign(scene.act("publish"));
  for (const query of ["?dryRun=true", "?dryRun", "?dryrun=1", "?dryRun=1&dryRun=1", "?dryRun=1&x"]) {
    t.match(
      await scene.send(signed, residence, query),
      { status: 400, body: { code: "bad_request" } },
      query,
    );
  }
  t.match(await scene.send(signed, residence, "?dryRun=1"), { status: 200 });
  t.match(await scene.send(signed, residence), { status: 201 }, "nothing was taken before");
});

t.test("who waits a thousand times on one connection waits once", async (t) => {
  const scene = await PublishingScene.start(t);
  const version = scene.authority.health().version!;
  const socket = await connectTo(scene);
  const answers: Buffer[] = [];
  socket.on("data", (bytes: Buffer) => answers.push(bytes));
  socket.write(`GET /configuration/wait?version=${version} HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(1_000));
  const isAnswered = scene.do("publish");
  await until(() => Buffer.concat(answers).toString("latin1").split("HTTP/1.1 ").length === 1_001);
  const statuses = Buffer.concat(answers)
    .toString("latin1")
    .match(/(?<=HTTP\/1\.1 )\d{3}/g)!;
  t.equal(statuses.filter((status) => status === "503").length, 999);
  t.equal(statuses[0], "200", "the first one is told");
  t.match(await isAnswered, { status: 201 });
  socket.destroy();
});

t.test("who holds connections leaves others theirs, and the authority its files", async (t) => {
  const scene = await PublishingScene.start(t);
  const { createServer } = await import("node:http");
  const server = createServer((_, response) => response.end()).listen(0, "127.0.0.1");
  await until(() => server.listening);
  limitConnections(server, 4);
  t.teardown(() => server.close());
  const { port } = server.address() as { port: number };
  const sockets = Array.from({ length: 3 }, () => connect(port, "127.0.0.1"));
  const closed = sockets.map(
    (socket) => new Promise((resolve) => socket.once("close", () => resolve(socket))),
  );
  t.equal(await Promise.race(closed), sockets[2], "one address has half of them");
  for (const socket of sockets) socket.destroy();
  t.ok(scene.authority.health().version);
});

t.test("bodies that do not come are bounded, and free their place when they go", async (t) => {
  const scene = await PublishingScene.start(t);
  const head = "POST /services/acts HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n{";
  const sockets = await Promise.all(Array.from({ length: 32 }, () => connectTo(scene)));
  for (const socket of sockets) socket.write(head);
  await until(async () => (await scene.post("{")).status === 503);
  for (const socket of sockets) socket.destroy();
  await until(async () => (await scene.post("{")).status === 400);
  t.match(await scene.do("publish"), { status: 201 });
});

t.test("one member does not fill the authority's disk with versions", (t) => {
  const clock = { now: () => 1_000_000 };
  const limit = new RateLimit({ burst: 500, refill: 60_000 }, clock);
  for (let i = 0; i < 500; i++) limit.enter("DEV/GOV/1");
  t.throws(() => limit.enter("DEV/GOV/1"), { code: "overloaded" });
  limit.enter("DEV/GOV/2");
  t.end();
});

t.test("a seal that is withdrawn while its act waits for the CA publishes nothing", async (t) => {
  const scene = await PublishingScene.start(t);
  let isAsked = false;
  Object.defineProperty(scene.ocsp.knobs, "slowMs", {
    get: () => {
      isAsked = true;
      return 500;
    },
  });
  const attempt = scene.do("publish");
  await until(() => isAsked);
  await scene.authority.publish(withRenewedSeal(scene, scene.country.clock.time - 1));
  t.match(await attempt, { status: 400, body: { code: "certificate_unknown" } });
  t.equal((await seenAnew(scene)).historyOf(residence.id).acts, 0);
});

t.test("a thief's acts are undone, and what their owner did about them does no harm", async (t) => {
  const scene = await PublishingScene.start(t);
  const { clock } = scene.country;
  t.match(await scene.do("publish"), { status: 201 });
  clock.time += 3_600_000;
  const stolenAt = clock.time - 1;
  t.match(await scene.do("suspend", { reason }), { status: 201 });
  const { seals } = scene.registry();
  const registry = withRenewedSeal(scene, stolenAt);
  // The owner has a new seal before anybody knows since when the old one was gone.
  await scene.authority.publish({ ...registry, seals: [...seals, registry.seals[1]!] });
  t.match(await scene.do("resume", { reason }), { status: 201 });

  await scene.authority.publish(registry);
  const published = await seenAnew(scene);
  t.equal(published.historyOf(residence.id).versions.get("1.0.0")?.standing.state, "published");
  t.strictSame(
    published.faults.map(({ detail }) => detail),
    [
      "suspend: its seal was not good when it signed; publish a new version",
      "resume: what it was about has no effect",
    ],
  );
  t.match(await scene.do("suspend", { reason }), { status: 201 }, "the authority sees it as gateways do");
  const after = await seenAnew(scene);
  t.equal(after.historyOf(residence.id).versions.get("1.0.0")?.standing.state, "suspended");
});

t.test(
  "a version that a thief archived is narrowed all the same, one that he published is published anew",
  async (t) => {
    const scene = await PublishingScene.start(t);
    const { clock } = scene.country;
    t.match(await scene.do("publish"), { status: 201 });
    clock.time += 3_600_000;
    const stolenAt = clock.time - 1;
    const next = { ...residence, version: "1.1.0" };
    t.match(await scene.do("suspend", { reason }), { status: 201 });
    t.match(await scene.do("archive", { liveAgreements: 0 }), { status: 201 });
    t.match(await scene.do("publish", {}, next), { status: 201 });
    const registry = withRenewedSeal(scene, stolenAt);
    await scene.authority.publish(registry);
    t.match(await scene.do("narrow", { fields: ["/birth"], reason }), { status: 201 });
    const mine = { ...next, title: { en: "Where a person lives, by the register" } };
    t.match(await scene.do("publish", {}, mine), { status: 201 });
    const { versions } = (await seenAnew(scene)).historyOf(residence.id);
    t.match(
      [...versions.values()],
      [
        { version: "1.0.0", standing: { state: "published", withdrawnFields: ["/birth"] } },
        { version: "1.1.0", standing: { state: "published" } },
      ],
    );
    await scene.restart(scene.stateDir, registry);
    t.match(await scene.do("suspend", { reason }), { status: 201 }, "also after a restart");
  },
);

t.test("an act that cannot be published stays taken, and is published as soon as it can be", async (t) => {
  const scene = await PublishingScene.start(t);
  const metadata = join(scene.stateDir, "repository/metadata");
  renameSync(metadata, `${metadata}.full`);
  const answer = await scene.do("publish");
  t.match(answer, { status: 202, body: { configuration: null, act: String } });
  t.match(scene.authority.health(), { status: "degraded", problem: /taken and cannot be published/ });
  renameSync(`${metadata}.full`, metadata);
  await scene.authority.renew();
  t.match(scene.authority.health(), { status: "ok", problem: undefined });
  t.equal((await seenAnew(scene)).historyOf(residence.id).head, answer.body.act);
});

t.test("one officer with two keys is one officer", async (t) => {
  const scene = await PublishingScene.start(t);
  scene.officers[1] = scene.country.ca.issueSeal(population, "Officer 1");
  await scene.authority.publish(scene.registry());
  await scene.do("publish", {}, { ...residence, validation: "enforce" });
  const until = scene.country.clock.time + 3_600_000;
  t.match(await scene.do("observe", { until, reason }, { ...residence, validation: "enforce" }), {
    body: { code: "access_denied", detail: "one person signed twice" },
  });
});

t.test(
  "the authority changes its keys: what the old one countersigned stays, and new acts follow",
  async (t) => {
    const scene = await PublishingScene.start(t);
    const { clock } = scene.country;
    await scene.do("publish");
    const { catalogueKeys: before } = (await seenIndex(scene)).content.parameters;
    await scene.authority.close();
    await rotateKeys(scene.stateDir, rootKeysDirectory(scene.stateDir, 1), clock, undefined);
    await scene.restart();
    t.match(await scene.do("suspend", { reason }), { status: 201 });
    const published = await seenAnew(scene);
    t.strictSame(published.faults, []);
    t.equal(published.historyOf(residence.id).acts, 2);
    const { catalogueKeys } = (await seenIndex(scene)).content.parameters;
    t.equal(catalogueKeys.length, 2);
    t.equal(catalogueKeys[1], before[0]);
  },
);

async function seenIndex({ authority, country }: PublishingScene) {
  const { anchor, url } = authority;
  const place = { anchor, mirrors: [url], directory: newDirectory(), clock: country.clock };
  const client = await ConfigurationClient.start(place);
  const index = client.current();
  await client.close();
  return index;
}
