import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import t from "tap";
import { SealwayError } from "../../src/core/errors.ts";
import { type ClientId, unsafeId } from "../../src/core/ids.ts";
import type { ConfigurationEvent } from "../../src/trust/configuration-listeners.ts";
import { cutPart, joinPieces, partOfTarget } from "../../src/trust/part-pieces.ts";
import { verifyArchivedConfiguration } from "../../src/trust/verify-archived-configuration.ts";
import { population, ss1 } from "../authority/sample-registry.ts";
import { PublishedCountry } from "./published-country.ts";
import { TamperingMirror } from "./tampering-mirror.ts";

const minute = 60_000;
const hour = 60 * minute;
const archive = unsafeId<ClientId>("DEV/GOV/10000001/archive");

t.test("the first start fetches, verifies and indexes the configuration", async (t) => {
  const published = await PublishedCountry.start(t);
  const client = await published.startClient();
  t.equal(client.status().state, "fresh");
  t.same(client.status().problems, []);
  const { content } = client.current();
  t.equal(content.version, 1);
  t.same(content.parameters, {
    instance: "DEV",
    purpose: "demonstration",
    ocspFreshness: 8 * hour,
    timestampMaxLag: 12 * hour,
    witnessKeys: content.parameters.witnessKeys,
    catalogueKeys: content.parameters.catalogueKeys,
    timeZone: "UTC",
    ...{ orderingAuthorities: [], supervisoryKey: null, restrictablePurposes: [], leastSealClasses: [] },
  });
  t.match(content.parameters.catalogueKeys, [/^[\w-]{43}$/], "the authority countersigns acts on services");
  t.match(content.parameters.witnessKeys, [/^[\w-]{43}$/], "the authority witnesses logs");
  t.equal(client.current().serverOf(unsafeId<ClientId>(`${population}/population`))?.id, ss1);
  const { files, freshAt, expiresAt } = client.configuration();
  t.equal(freshAt, published.country.clock.time);
  t.equal(expiresAt - freshAt, 72 * hour);
  t.match([...files.keys()].filter((name) => name.startsWith("metadata/")).sort(), [
    "metadata/1.root.json",
    "metadata/1.snapshot.json",
    "metadata/1.targets.json",
    "metadata/timestamp.json",
  ]);
});

t.test("an update is taken into use, told, and fetches only what changed", async (t) => {
  const published = await PublishedCountry.start(t);
  const client = await published.startClient();
  const events: ConfigurationEvent[] = [];
  client.subscribe((event) => events.push(event));
  const before = client.current();
  await published.publishMore("archive");
  published.mirror.requested.length = 0;
  await published.poll(client);
  t.equal(client.current().content.version, 2);
  t.ok(client.current().isRegistered(archive));
  t.notOk(before.isRegistered(archive), "an exchange keeps the version with which it began");
  const [server] = client.current().content.servers;
  t.equal(server!.clients, before.content.servers[0]!.clients, "unchanged parts are not parsed again");
  t.same(
    events.map((event) => event.kind),
    ["version"],
  );
  const parts = published.mirror.requested.filter((path) => path.startsWith("targets/"));
  t.equal(parts.length, 1, "only the members were fetched");
});

t.test("the parts of a large country are cut: a change costs the piece that it is in", async (t) => {
  const published = await PublishedCountry.start(t);
  const client = await published.startClient();
  const small = published.country.registry();
  const more = Array.from({ length: 300 }, (_, i) => ({
    ...{ id: `DEV/COM/${i}`, name: `Company ${i}` },
    subsystems: [{ id: `DEV/COM/${i}/shop`, name: "shop" }],
  }));
  const grown = { ...small, members: [...small.members, ...more] };
  await published.authority.publish(grown);
  await published.poll(client);
  t.equal(client.current().content.members.length, 302, "it grew beyond one file");
  t.same(client.current().member(unsafeId("DEV/COM/7")), more[7]);

  const renamed = grown.members.with(9, { ...grown.members[9]!, name: "Renamed" });
  published.country.clock.time += 1_000;
  await published.authority.publish({ ...grown, members: renamed });
  published.mirror.requested.length = 0;
  await published.poll(client);
  t.equal(client.current().member(unsafeId("DEV/COM/7"))?.name, "Renamed");
  const fetched = published.mirror.requested.filter((path) => path.startsWith("targets/"));
  t.match(fetched, [/^targets\/configuration\/members\/[0-9a-f]{64}\.[0-3][0-9a-f]\.json$/]);
  t.equal(fetched.length, 1);

  const archived = verifyArchivedConfiguration(client.configuration().files, published.authority.anchor);
  t.equal(archived.configuration?.content.members.length, 302, "an archive has every piece");
  const files = new Map([...client.configuration().files].filter(([name]) => name !== fetched[0]));
  t.equal(verifyArchivedConfiguration(files, published.authority.anchor).configuration, undefined);

  await published.authority.publish(small);
  await published.poll(client);
  t.equal(client.current().content.members.length, 2, "and is one file again");
});

t.test("a new timestamp alone makes nothing to be parsed", async (t) => {
  const published = await PublishedCountry.start(t);
  const client = await published.startClient();
  const before = client.current();
  published.country.clock.time += minute;
  await published.authority.renew();
  await published.poll(client);
  t.equal(client.current(), before);
  t.equal(client.configuration().freshAt, published.country.clock.time);
});

t.test("it polls every 30 s, at once on demand, and at most every 10 s", async (t) => {
  const published = await PublishedCountry.start(t);
  const client = await published.startClient();
  const polls = () => published.mirror.requested.filter((path) => path.endsWith("timestamp.json")).length;
  t.same(published.schedule.delays.sort(), [10_000, 30_000]);
  await client.pollSoon();
  await client.pollSoon();
  t.equal(polls(), 1, "too soon after the first poll");
  published.schedule.run(10_000);
  await client.pollSoon();
  t.equal(polls(), 2, "and once more, when the ten seconds are over");
  published.schedule.run(10_000);
  published.schedule.run(30_000);
  await client.pollSoon();
  t.equal(polls(), 3);
});

t.test("a restart without a network goes on from the verified cache, until 72 hours", async (t) => {
  const published = await PublishedCountry.start(t);
  await (await published.startClient()).close();
  await published.mirror.close();
  const client = await published.startClient();
  t.equal(client.status().state, "fresh");
  t.match(client.status().problems, [{ kind: "unreachable", source: published.mirror.url }]);
  t.ok(client.current().server(ss1));
  published.country.clock.time += 10 * minute + 1;
  t.equal(client.status().state, "alarm");
  t.ok(client.current().server(ss1));
  published.country.clock.time += 72 * hour;
  t.equal(client.status().state, "expired");
  t.throws(() => client.current(), { code: "configuration_expired" });
  t.throws(() => client.configuration(), SealwayError);
  await client.close();
  const later = await published.startClient();
  t.throws(() => later.current(), { code: "configuration_expired" }, "nor does a restart make it young");
});

t.test(
  "without a mirror and without a cache there is no configuration, and the status says why",
  async (t) => {
    const published = await PublishedCountry.start(t);
    await published.mirror.close();
    const client = await published.startClient();
    t.equal(client.status().state, "expired");
    t.throws(() => client.current(), { code: "configuration_expired" });
    t.match(client.status().problems, [{ kind: "unreachable", detail: /ECONNREFUSED/ }]);
  },
);

t.test("a damaged cache file is reported and fetched anew", async (t) => {
  for (const damage of ["{", '{"roots":[]}', "null"]) {
    const published = await PublishedCountry.start(t);
    await (await published.startClient()).close();
    writeFileSync(join(published.cache, "metadata.json"), damage);
    published.mirror.requested.length = 0;
    const client = await published.startClient();
    t.match(published.logged.join("\n"), /"kind":"cache"/);
    t.equal(client.status().state, "fresh");
    t.same(client.status().problems, []);
    t.ok(published.mirror.requested.includes("metadata/1.targets.json"));
  }
});

t.test("a cache in which one byte of the metadata or of a part was changed is not used", async (t) => {
  const published = await PublishedCountry.start(t);
  await (await published.startClient()).close();
  const file = join(published.cache, "metadata.json");
  const good = readFileSync(file, "utf8");
  const cached = JSON.parse(good);
  const forged = Buffer.from(cached.current.targets, "base64").toString().replace('"length":', '"length":1');
  cached.current.targets = Buffer.from(forged).toString("base64");
  writeFileSync(file, JSON.stringify(cached));
  await published.mirror.close();
  const offline = await published.startClient();
  t.equal(offline.status().state, "expired");
  t.match(published.logged.join("\n"), /"kind":"cache"/);
  await offline.close();

  writeFileSync(file, good);
  const parts = join(published.cache, "parts");
  for (const name of readdirSync(parts)) {
    const content = readFileSync(join(parts, name), "utf8");
    writeFileSync(join(parts, name), content.replace("Social Benefits Agency", "Social Benefits Bureau"));
  }
  const partly = await published.startClient();
  t.equal(partly.status().state, "expired");
});

t.test("mirrors are tried in turn", async (t) => {
  const published = await PublishedCountry.start(t);
  const mirrors = ["http://127.0.0.1:1", published.mirror.url];
  const client = await published.startClient({ mirrors });
  t.equal(client.status().state, "fresh");
  t.match(client.status().problems, [{ kind: "unreachable", source: "http://127.0.0.1:1" }]);
});

t.test("a frozen mirror does not hide the next one", async (t) => {
  const published = await PublishedCountry.start(t);
  const frozen = await TamperingMirror.start(published.snapshot());
  t.teardown(() => frozen.close());
  published.country.clock.time += 20 * minute;
  await published.publishMore("archive");
  const client = await published.startClient({ mirrors: [frozen.url, published.mirror.url] });
  t.ok(client.current().isRegistered(archive));
  t.equal(client.status().state, "fresh");
});

t.test("the version of another server is compared with ours", async (t) => {
  const published = await PublishedCountry.start(t);
  const client = await published.startClient();
  const { version, sha256 } = client.configuration();
  t.equal(client.compare(version, sha256), "same");
  t.equal(client.compare(version + 1, "x"), "newer");
  t.equal(client.compare(version - 1, "x"), "older");
  t.equal(client.compare(version, "x"), "fork");
});

t.test("a listener that fails stops neither the client nor other listeners", async (t) => {
  const published = await PublishedCountry.start(t);
  const client = await published.startClient();
  client.subscribe(() => {
    throw new Error("listener");
  });
  let told = 0;
  client.subscribe(() => told++);
  await published.publishMore("archive");
  await published.poll(client);
  t.equal(told, 1);
  t.same(client.status().problems, []);
});

t.test(
  "whatever is cut is whole again when its pieces are joined, and few pieces differ after a change",
  async (t) => {
    const ids = fc.uniqueArray(fc.integer({ min: 0, max: 99_999 }), {
      minLength: 150,
      maxLength: 700,
      size: "max",
    });
    fc.assert(
      fc.property(ids, fc.nat(), (numbers, chosen) => {
        const members = numbers.map((n) => ({ id: `DEV/GOV/${n}`, name: `Member ${n}`, subsystems: [] }));
        const cut = cutPart("members", { members });
        const joined = (pieces: typeof cut) =>
          joinPieces<"members">("members", [...pieces.values()] as never).members.map(
            ({ id, name }) => `${id} ${name}`,
          );
        t.same(joined(cut).sort(), members.map(({ id, name }) => `${id} ${name}`).sort());
        t.ok([...cut.keys()].every((path) => partOfTarget(path) === "members"));
        const i = chosen % members.length;
        const after = cutPart("members", { members: members.with(i, { ...members[i]!, name: "Renamed" }) });
        t.same([...after.keys()], [...cut.keys()]);
        const changed = [...after].filter(
          ([path, piece]) => JSON.stringify(piece) !== JSON.stringify(cut.get(path)),
        );
        t.equal(changed.length, 1);
      }),
      { numRuns: 40 },
    );
    for (const path of [
      "configuration/members/40.json",
      "configuration/members/0.json",
      "configuration/members/00.json/x",
    ])
      t.equal(partOfTarget(path), undefined, path);
    t.equal(partOfTarget("configuration/parameters/00.json"), undefined, "is never cut");
  },
);
