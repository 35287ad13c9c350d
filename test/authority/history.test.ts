import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { request } from "undici";
import { Epochs } from "../../src/authority/history/epochs.ts";
import { PastConfigurations } from "../../src/authority/history/past-configurations.ts";
import type { RegistryDocument } from "../../src/authority/registry-document.ts";
import { type MemberId, unsafeId } from "../../src/core/ids.ts";
import { readPackage } from "../../src/messagelog/evidence/package-read.ts";
import { successorsOf } from "../../src/trust/successors.ts";
import { verifyArchivedConfiguration } from "../../src/trust/verify-archived-configuration.ts";
import { PublishedCountry, withSubsystem } from "../trust/published-country.ts";
import { population, ss1 } from "./sample-registry.ts";

const day = 86_400_000;
const shared = await PublishedCountry.start(t);

async function get(published: PublishedCountry, path: string) {
  const { statusCode: status, headers, body } = await request(published.authority.url + path);
  return { status, type: headers["content-type"], body: Buffer.from(await body.arrayBuffer()) };
}

const at = (time: number) => `?at=${new Date(time).toISOString()}`;

/** A country whose second epoch began a day after the first, and its third another day later. */
async function threeEpochs(t: { teardown(close: () => unknown): void }) {
  const published = await PublishedCountry.start(t);
  const began = published.country.clock.time;
  for (const name of ["archive", "portal"]) {
    published.country.clock.time += day - 1_000;
    await published.publishMore(name);
  }
  return { published, began };
}

t.test("any configuration is had by time, with the files that prove it", async (t) => {
  const { published, began } = await threeEpochs(t);
  const told = async (time: number) =>
    JSON.parse((await get(published, `/configuration${at(time)}`)).body.toString());
  const iso = (time: number) => new Date(time).toISOString();
  const second = await told(began + day + day / 2);
  t.match(second, { instance: "DEV", version: 2, from: iso(began + day), until: iso(began + 2 * day) });
  t.match(await told(began), { version: 1, until: second.from });
  t.match(await told(began + day - 1), { version: 1 });
  t.match(await told(began + day), { version: 2 });
  t.match(await told(began + 9 * day), { version: 3, until: null });
  t.match(JSON.parse((await get(published, "/configuration")).body.toString()), { version: 3 });

  const files = new Map<string, Buffer>();
  for (const [name, place] of Object.entries(second.files as Record<string, string>)) {
    const { status, body } = await get(published, `/${place}`);
    t.equal(status, 200);
    files.set(name, body);
  }
  const { configuration, freshAt } = verifyArchivedConfiguration(files, published.authority.anchor);
  t.equal(freshAt, began + day, "the authority said then that it was the newest");
  t.ok(configuration?.isRegistered(`${population}/archive` as never));

  t.equal((await get(published, `/configuration${at(began - 1)}`)).status, 404);
  for (const bad of [
    "yesterday",
    "2026-13-01",
    "2026-11-22T12:00:00",
    "",
    "2026-11-22T12:00:00Z&at=2026-11-22",
  ])
    t.equal((await get(published, `/configuration?at=${bad}`)).status, 400, bad);
});

t.test(
  "who asks for one epoch after another is refused, and what is known is told all the same",
  async (t) => {
    const { authority, country, repository: directory } = shared;
    const published = (await Epochs.open(directory)).newest!;
    const missing = { ...published, version: 1_000 };
    const index = { at: (time: number) => ({ epoch: time === 0 ? published : missing, until: undefined }) };
    const past = new PastConfigurations(
      { directory, epochs: index as never },
      authority.anchor,
      country.clock,
    );
    const ask = (time: number, caller: string) =>
      past.told(time, caller).then(
        ({ version }) => version,
        ({ code }) => code,
      );
    const pack = (time: number, caller: string) =>
      past.packed(time, caller).then(
        () => "packed",
        ({ code }) => code,
      );
    t.equal(await ask(0, "192.0.2.1"), published.version);
    const told = [];
    for (let i = 0; i < 100; i++) told.push(await ask(1, "192.0.2.1"));
    t.strictSame([told[0], told.at(-1)], ["ENOENT", "overloaded"]);
    t.equal(await ask(0, "192.0.2.1"), published.version, "nothing is read for it");
    t.equal(await ask(1, "192.0.2.2"), "ENOENT", "others are not held up");
    t.equal(await pack(0, "192.0.2.1"), "packed");
    const packed = [];
    for (let i = 0; i < 20; i++) packed.push(await pack(1, "192.0.2.1"));
    t.strictSame([packed[0], packed.at(-1)], ["ENOENT", "overloaded"], "to pack one takes a second");
    t.equal(await pack(0, "192.0.2.1"), "packed");
    t.equal(await pack(1, "192.0.2.2"), "ENOENT");
  },
);

t.test("X-Road's tools get their zip, of any time", async (t) => {
  const { published, began } = await threeEpochs(t);
  const first = await get(published, `/verificationconf${at(began)}`);
  t.match(first, { status: 200, type: "application/zip" });
  const files = await readPackage(first.body);
  t.equal(String(files.get("verificationconf/instance-identifier")), "DEV");
  const xml = String(files.get("verificationconf/DEV/shared-params.xml"));
  t.match(xml, /^<\?xml version="1\.0" encoding="UTF-8" standalone="yes"\?>\n<ns3:conf xmlns:ns2=/);
  t.match(xml, "<instanceIdentifier>DEV</instanceIdentifier>");
  const [, id] = /<member id="(\w+)"><memberClass><code>GOV<\/code>/.exec(xml)!;
  const [, subsystem] = /<subsystem id="(\w+)"><subsystemCode>population</.exec(xml)!;
  const hash = Buffer.from(published.country.tls1.certificate.fingerprint, "base64url").toString("base64");
  t.match(xml, `<securityServer><owner>${id}</owner><serverCode>${ss1.split("/").at(-1)}</serverCode>`);
  t.match(xml, `<authCertHash>${hash}</authCertHash><client>${id}</client><client>${subsystem}</client>`);
  t.match(xml, "<ocsp><url>http://127.0.0.1:8889/</url></ocsp></topCA>");
  t.match(
    xml,
    /<globalSettings><memberClass><code>GOV<.*<ocspFreshnessSeconds>28800<.*<\/globalSettings>\n<\/ns3:conf>\n$/,
  );
  t.notMatch(xml, "archive");
  t.match(JSON.parse(String(files.get("verificationconf/DEV/shared-params.xml.metadata"))), {
    contentIdentifier: "SHARED-PARAMETERS",
    instanceIdentifier: "DEV",
  });
  const proof = new Map(
    [...files].flatMap(([name, bytes]) =>
      name.startsWith("configuration/") ? [[name.slice("configuration/".length), bytes] as const] : [],
    ),
  );
  const { configuration } = verifyArchivedConfiguration(proof, published.authority.anchor);
  t.equal(configuration?.content.version, 1, "our own signed files are beside it");

  const newest = await readPackage((await get(published, "/verificationconf")).body);
  t.match(String(newest.get("verificationconf/DEV/shared-params.xml")), "<subsystemCode>portal<");
  t.equal((await get(published, `/verificationconf${at(began - 1)}`)).status, 404);
  const again = await Promise.all(
    [0, 1, 2, 0, 1].map((n) => get(published, `/verificationconf${at(began + n * day)}`)),
  );
  t.ok(again.every(({ status }) => status === 200));
  t.same(again[0]!.body, first.body);
});

t.test("names are written so that no name becomes an element", async (t) => {
  const published = await PublishedCountry.start(t);
  const registry = published.country.registry();
  const [first, second] = registry.members;
  const members = [{ ...first!, name: `</name><member id="x">&'"` }, second!];
  published.country.clock.time += 1_000;
  await published.authority.publish({ ...registry, members });
  const files = await readPackage((await get(published, "/verificationconf")).body);
  const xml = String(files.get("verificationconf/DEV/shared-params.xml"));
  t.match(xml, "<name>&#60;/name&#62;&#60;member id=&#34;x&#34;&#62;&#38;&#39;&#34;</name>");
});

t.test("the index survives a restart, a line cut short and one that a crash left out", async (t) => {
  const { published, began } = await threeEpochs(t);
  const path = join(published.repository, "epochs.jsonl");
  const whole = readFileSync(path, "utf8");
  await published.authority.close();
  appendFileSync(path, '{"version":4,"fr');
  const registry = withSubsystem(published.country.registry(), "portal");
  await published.startAuthority(registry);
  t.equal(readFileSync(path, "utf8"), whole);
  await published.authority.close();
  writeFileSync(path, whole.slice(0, whole.trimEnd().lastIndexOf("\n") + 1));
  published.country.clock.time += day;
  await published.startAuthority(registry);
  t.equal(readFileSync(path, "utf8"), whole, "it is told by the first timestamp, which was written before");
  const told = await get(published, `/configuration${at(began + 3 * day)}`);
  t.match(JSON.parse(told.body.toString()), { version: 3 });
});

const successions: NonNullable<RegistryDocument["successions"]> = [
  succession("renamed", "2024-01-01", ["old"], [["older"]]),
  succession(
    "split",
    "2024-06-01",
    ["older"],
    [
      ["north", "tasks north of the river"],
      ["south", "the rest"],
    ],
  ),
  succession("merged", "2025-01-01", ["north", "island"], [["10000001"]]),
  succession("dissolved", "2025-03-01", ["south"], []),
  succession("merged", "2027-01-01", ["10000001"], [["10000003"]]),
];

function succession(
  kind: "renamed" | "split" | "merged" | "dissolved",
  date: string,
  from: readonly string[],
  to: readonly (readonly [code: string, share?: string])[],
) {
  const id = (code: string) => unsafeId<MemberId>(`DEV/GOV/${code}`);
  const followers = to.map(([code, share]) => ({ member: id(code), ...(share && { share }) }));
  return { kind, date, from: from.map(id), to: followers, act: `Act ${date}` };
}

t.test("who answers today for a member of 2023 is told by the law that followed", async (t) => {
  const published = await PublishedCountry.start(t);
  await published.authority.publish({ ...published.country.registry(), successions });
  const client = await published.startClient();
  const { successions: told } = client.current().content;
  const answering = (code: string, day: string) =>
    successorsOf(told, unsafeId(`DEV/GOV/${code}`), Date.parse(day)).map(({ member, shares, through }) => [
      member.split("/").at(-1),
      ...shares,
      through.length,
    ]);
  t.same(answering("old", "2023-05-01"), [["old", 0]], "itself, then");
  t.same(answering("old", "2024-01-01"), [["older", 1]], "from the day on");
  t.same(answering("old", "2024-07-01"), [
    ["north", "tasks north of the river", 2],
    ["south", "the rest", 2],
  ]);
  t.same(
    answering("old", "2026-01-01"),
    [["10000001", "tasks north of the river", 3]],
    "the south has nobody",
  );
  t.same(answering("old", "2028-01-01"), [["10000003", "tasks north of the river", 4]]);
  t.same(answering("south", "2026-01-01"), []);
  t.same(answering("10000003", "2028-01-01"), [["10000003", 0]]);
  t.match(successorsOf(told, unsafeId("DEV/GOV/island"), Date.parse("2026-01-01")), [
    { through: [{ kind: "merged", act: "Act 2025-01-01", date: Date.UTC(2025, 0, 1) }] },
  ]);
});

// biome-ignore format: a table is read by its columns
const faulty: readonly (readonly [name: string, entry: object, why: RegExp])[] = [
  ["a day that is none", { date: "2025-02-30" }, /\/successions\/0\/date: is no day/],
  ["a split to one", { kind: "split" }, /\/successions\/0\/to: split, but 1 members follow/],
  ["a merger to nobody", { to: [] }, /merged, but 0 members follow/],
  ["a rename of two", { kind: "renamed", from: ["DEV/GOV/a", "DEV/GOV/b"] }, /renamed, but 2 members were/],
  ["a member of another instance", { from: ["EE/GOV/a"] }, /\/successions\/0\/from\/0: EE\/GOV\/a is not of instance DEV/],
  ["a member that is renamed to itself", { kind: "renamed", to: [{ member: "DEV/GOV/gone" }] }, /cannot follow itself/],
  ["no legal act", { act: "" }, /\/successions\/0\/act/],
];
for (const [name, changes, why] of faulty) {
  t.test(`not published: a succession with ${name}`, async (t) => {
    const { country } = shared;
    const entry = { ...succession("merged", "2025-01-01", ["gone"], [["10000001"]]), ...changes };
    const registry = { ...country.registry(), successions: [entry] } as RegistryDocument;
    await t.rejects(shared.authority.publish(registry), { message: why });
  });
}

t.test("an identifier that was removed is never given again, also not after a restart", async (t) => {
  const published = await PublishedCountry.start(t);
  const registry = published.country.registry();
  await published.publishMore("archive");
  await published.authority.publish(registry);
  const again = {
    message: /registry at \/members\/0\/subsystems\/1\/id: .*archive was removed at .*choose another/,
  };
  await t.rejects(published.publishMore("archive"), again);
  await published.publishMore("archive-2");
  const others = {
    ...registry,
    members: registry.members.slice(0, 1),
    servers: registry.servers.slice(0, 1),
    seals: registry.seals.slice(0, 1),
  };
  await published.authority.publish(others);
  await published.authority.close();
  await t.rejects(published.startAuthority(registry), {
    message: /at \/members\/1\/id: DEV\/GOV\/10000003 was removed/,
  });
  await published.startAuthority(others);
  await t.rejects(published.publishMore("archive"), { message: /archive was removed/ });
});
