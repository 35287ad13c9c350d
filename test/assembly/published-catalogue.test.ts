import { generateKeyPairSync } from "node:crypto";
import t, { type Test } from "tap";
import { CatalogueHeads } from "../../src/assembly/catalogue-heads.ts";
import { PublishedCatalogue } from "../../src/assembly/published-catalogue.ts";
import { sha256Base64Url } from "../../src/core/bytes.ts";
import { type ServiceId, unsafeId } from "../../src/core/ids.ts";
import { countersignAct, keyText, parseSignedAct } from "../../src/message/service-act-record.ts";
import { ConfigurationClient } from "../../src/trust/configuration-client.ts";
import { ConfigurationIndex } from "../../src/trust/configuration-index.ts";
import type { ConfigurationContent, PublishedDocument } from "../../src/trust/global-configuration.ts";
import { actPath, descriptionPath } from "../../src/trust/service-paths.ts";
import { population } from "../authority/sample-registry.ts";
import { bytesOf, PublishingScene } from "../authority/services/publishing-scene.ts";
import { residence } from "../catalogue/residence.ts";
import { newDirectory } from "../new-directory.ts";
import { until } from "../until.ts";

const { id } = residence;

/** What an authority published by real acts, and a gateway's view of it; tests alter the content behind its back. */
class Reader {
  readonly directory = newDirectory();
  content!: ConfigurationContent;
  published!: PublishedCatalogue;

  async restart(): Promise<void> {
    this.published = new PublishedCatalogue(await CatalogueHeads.open(this.directory));
  }

  /** @param changes spread over what the authority published */
  read(changes: Partial<ConfigurationContent> = {}) {
    return this.published.renew(new ConfigurationIndex({ ...this.content, ...changes }));
  }
}

async function started(t: Test) {
  const scene = await PublishingScene.start(t);
  const reader = new Reader();
  const { clock } = scene.country;
  const { anchor, url } = scene.authority;
  const client = await ConfigurationClient.start({
    anchor,
    mirrors: [url],
    directory: newDirectory(),
    clock,
  });
  t.teardown(() => client.close());
  await reader.restart();
  const take = async () => {
    const version = scene.authority.health().version!;
    await until(() => client.status().version === version);
    reader.content = client.current().content;
    return reader.read();
  };
  return { scene, reader, client, take };
}

t.test(
  "what was published takes effect in a gateway within ten seconds, and so does a narrowing",
  async (t) => {
    const { scene, take, reader } = await started(t);
    const began = performance.now();
    t.match(await scene.do("publish"), { status: 201 });
    const catalogue = await take();
    t.ok(performance.now() - began < 10_000, `after ${Math.round(performance.now() - began)} ms`);
    t.equal(catalogue.service(id)?.version, "1.0.0");
    t.strictSame(reader.published.faults, []);
    t.match(await scene.do("narrow", { fields: ["/birth"], reason: "The field is wrong." }), { status: 201 });
    const narrowed = await take();
    t.strictSame(narrowed.standingOf(narrowed.service(id)!).withdrawnFields, ["/birth"]);
    t.equal(narrowed.service(id), catalogue.service(id), "the description is not read again");
  },
);

t.test(
  "an instance's vocabulary comes with the configuration; one that cannot be read leaves the last",
  async (t) => {
    const { reader, client } = await started(t);
    reader.content = client.current().content;
    const words = { title: { en: "x" }, description: { en: "x" } };
    const document = (...elements: readonly object[]) => {
      const bytes = Buffer.from(JSON.stringify({ v: 1, elements, schemes: [] }));
      return { path: "vocabularies/1.json", sha256: sha256Base64Url(bytes), bytes };
    };
    const plate = () => reader.published.vocabulary.element("vehicle.plate");
    reader.read();
    t.equal(plate(), undefined);
    t.ok(reader.published.vocabulary.element("person.name"), "the shared one needs no configuration");
    reader.read({ vocabularies: [document({ id: "vehicle.plate", ...words })] });
    t.ok(plate());
    const read = plate();
    reader.read({ vocabularies: [document({ id: "vehicle.plate", ...words })] });
    t.equal(plate(), read, "the same is not read again");
    const broken = document({ id: "vehicle.plate", ...words, answers: "vehicle.owner" });
    reader.read({ vocabularies: [broken] });
    t.ok(plate(), "the last one that could be read");
    t.match(reader.published.faults, [
      { about: "vocabulary", detail: /vehicle\.owner, which is not defined/ },
    ]);
    reader.read();
    t.equal(plate(), undefined);
    t.same(reader.published.faults, []);
  },
);

const other = {
  ...residence,
  id: unsafeId<ServiceId>("DEV/GOV/10000001/population/other"),
  predicateOf: undefined,
};

t.test("what is wrong of one service leaves it out, or as it was known; the rest works", async (t) => {
  const { scene, take, reader, client } = await started(t);
  await scene.do("publish");
  const { source: _, ...plain } = JSON.parse(JSON.stringify(other));
  t.match(await scene.do("publish", {}, plain), { status: 201 });
  await take();
  const { acts, services, seals, parameters } = reader.content;
  const [mine] = acts.filter(({ path }) => path.includes("/residence/"));
  const others = acts.filter((one) => one !== mine);
  const record = (bytes: Buffer, number = 1) => ({
    path: `services/${id}/acts/${number}.jws`,
    sha256: sha256Base64Url(bytes),
    bytes,
  });
  const line = (bytes: Buffer) => bytes.subarray(0, bytes.indexOf(10) + 1);
  const ownKey = generateKeyPairSync("ed25519").privateKey;
  const countersigned = async (signed: Buffer, key = ownKey) =>
    record(countersignAct(parseSignedAct(signed), key, scene.country.clock.time));
  const trusted = { ...parameters, catalogueKeys: [...parameters.catalogueKeys, keyText(ownKey)] };
  const act = scene.act("publish", { previous: null });
  const compromised = seals.map((seal) => ({
    ...seal,
    history: [...seal.history, { state: "compromised" as const, from: scene.country.clock.time - 1 }],
  }));
  const withActs = (...of: readonly PublishedDocument[]) => ({ acts: [...others, ...of] });

  // biome-ignore format: a table is read by its columns
  const wrong: readonly (readonly [what: string, changes: Partial<ConfigurationContent>, detail: RegExp])[] = [
    ["a description signed by another member", { ...withActs(await countersigned(await scene.sign(act, scene.country.benefitsSeal))), parameters: trusted }, /10000003 signed in the place of/],
    ["an act that the authority did not countersign", withActs(await countersigned(line(mine!.bytes))), /no key of the authority/],
    ["an act whose countersignature is of another act", withActs(record(Buffer.concat([line(await scene.sign(act)), mine!.bytes.subarray(line(mine!.bytes).length)]))), /of something else/],
    ["an act without countersignature", withActs(record(line(mine!.bytes))), /not countersigned/],
    ["an altered act", withActs(record(Buffer.from(mine!.bytes.toString("latin1").replace("ey", "ez"), "latin1"))), /./],
    ["an act of another service in its place", withActs({ ...record(others[0]!.bytes) }), /stands among its acts/],
    ["the same act twice", withActs(mine!, record(mine!.bytes, 2)), /follows/],
    ["two officers missing from an observation", { ...withActs(mine!, await countersigned(await scene.sign({ ...scene.act("observe", { until: 1, reason: "x" }) }))), parameters: trusted }, /officers/],
    ["a seal that is listed no more", { seals: seals.slice(1) }, /no seal that was registered and good/],
  ];
  for (const [what, changes, detail] of wrong) {
    t.test(what, async (t) => {
      await reader.restart();
      const seen = reader.read(changes);
      t.equal(seen.service(id), undefined, "unknown before: left out");
      t.match(
        reader.published.faults.find(({ about }) => about === id || about.includes("residence")),
        { detail },
      );
      if (changes.seals === undefined) t.ok(seen.service(other.id), "the rest works");

      await reader.restart();
      t.ok(reader.read().service(id));
      t.equal(reader.read(changes).service(id)?.version, "1.0.0", "known before: as it was");
      t.match(reader.published.faults[0], { detail: String });
    });
  }

  t.test(
    "a seal that was in the wrong hands: its act has no effect, and a later one of a good seal has",
    async (t) => {
      await reader.restart();
      t.ok(reader.read().service(id));
      const stolen = { seals: seals.map((seal, i) => (i === 0 ? compromised[0]! : seal)) };
      t.equal(reader.read(stolen).service(id), undefined, "also where it was known");
      t.match(reader.published.faults, [{ about: `${id} 1.0.0`, detail: /not good when it signed/ }, {}]);

      const renewed = scene.country.ca.issueSeal(population, "Population Register");
      const entry = {
        ...seals[0]!,
        certificate: renewed.certificate.der,
        history: [{ state: "granted" as const, from: 0 }],
      };
      const bytes = bytesOf({ ...residence, version: "1.1.0" });
      const previous = parseSignedAct(line(mine!.bytes)).sha256;
      const onVoid = await scene.sign(scene.act("suspend", { previous, reason: "x" }), renewed);
      const last = parseSignedAct(onVoid).sha256;
      const anew = await scene.sign(
        scene.act("publish", { previous: last }, { ...residence, version: "1.1.0" }),
        renewed,
      );
      const [second, third] = [await countersigned(onVoid), await countersigned(anew)];
      const catalogue = reader.read({
        ...withActs(mine!, { ...second, path: actPath(id, 2) }, { ...third, path: actPath(id, 3) }),
        ...{ seals: [...stolen.seals, entry], parameters: trusted },
        services: [
          ...services,
          { path: descriptionPath(id, "1.1.0"), bytes, sha256: sha256Base64Url(bytes) },
        ],
      });
      t.strictSame(
        catalogue.versions(id).map(({ version }) => version),
        ["1.1.0"],
      );
      const details = reader.published.faults.map(({ detail }) => detail);
      t.ok(details.includes("suspend: the version has no effect"));
    },
  );

  t.test("a description that is not the act's", async (t) => {
    await reader.restart();
    const bytes = Buffer.from(JSON.stringify({ ...residence, timeoutMs: 1 }));
    const changed = services.map((one) =>
      one.path.includes("/residence/") ? { ...one, bytes, sha256: sha256Base64Url(bytes) } : one,
    );
    t.equal(reader.read({ services: changed }).service(id), undefined);
    t.match(reader.published.faults, [{ about: `services/${id}/1.0.0.json` }]);
  });

  t.test("a description that no act published counts in a demonstration alone", async (t) => {
    const bytes = Buffer.from(JSON.stringify({ ...residence, id: `${id}-2` }));
    const unsigned = {
      services: [...services, { path: `services/${id}-2.json`, bytes, sha256: sha256Base64Url(bytes) }],
    };
    t.ok(reader.read(unsigned).service(unsafeId(`${id}-2`)));
    const production = { ...unsigned, parameters: { ...parameters, purpose: "production" as const } };
    t.equal(reader.read(production).service(unsafeId(`${id}-2`)), undefined);
    t.match(reader.published.faults, [{ detail: "no act of its provider published it" }]);
    t.ok(reader.read(production).service(id));
  });

  t.test("the services of who is no member any more are gone, and that is no fault", async (t) => {
    const members = reader.content.members.filter((member) => !id.startsWith(member.id));
    const rest = { members, seals: seals.filter(({ member }) => !id.startsWith(member)) };
    t.equal(reader.read(rest).service(id), undefined);
    t.strictSame(reader.published.faults, []);
  });

  t.test("while the authority is away, what is published goes on working", async (t) => {
    await scene.authority.close();
    t.ok(reader.read().service(id));
    await client.pollSoon();
    t.ok(client.current().content.acts.length > 0);
  });
});

t.test("a rolled-back catalogue is refused, also after a restart", async (t) => {
  const { scene, take, reader } = await started(t);
  await scene.do("publish");
  await take();
  const early = reader.content;
  await scene.do("suspend", { reason: "It leaks." });
  const now = await take();
  t.equal(now.standingOf(now.service(id)!).state, "suspended");
  await reader.published.keepHeads();

  const back = reader.read(early);
  t.equal(back.standingOf(back.service(id)!).state, "suspended", "it stays as it was known");
  t.match(reader.published.faults, [
    { about: id, detail: /the catalogue went back: this server knows 2 acts/ },
  ]);
  await reader.restart();
  t.equal(reader.read(early).service(id), undefined, "after a restart it is left out");
  t.match(reader.published.faults, [{ about: id, detail: /went back/ }]);
  t.equal(reader.read({ acts: [], services: [] }).service(id), undefined);
  t.match(reader.published.faults, [{ about: id, detail: /went back/ }], "gone as a whole");
  t.equal(reader.read().standingOf(now.service(id)!).state, "suspended", "the right one is taken again");
  t.strictSame(reader.published.faults, []);
});
