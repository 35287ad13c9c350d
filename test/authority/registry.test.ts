import { writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { composeParts } from "../../src/authority/compose-parts.ts";
import { resolveRegistry } from "../../src/authority/registry.ts";
import { type RegistryDocument, readRegistryDocument } from "../../src/authority/registry-document.ts";
import { benefits, der, population, SampleCountry, ss1, ss2 } from "./sample-registry.ts";

const country = new SampleCountry();
const good = country.registry();
const [member1, member2] = good.members;
const [server1, server2] = good.servers;
const [seal1, seal2] = good.seals;
const [ca] = good.certificationAuthorities;
const strangers = new SampleCountry();

/** As a file would be read, up to the parts. */
async function compose(document: RegistryDocument) {
  const read = readRegistryDocument("registry", Buffer.from(JSON.stringify(document)));
  return composeParts(await resolveRegistry(read, "/nowhere"));
}

t.test("a good registry makes six parts, the same for the same content", async (t) => {
  const parts = await compose(good);
  t.same([...parts.targets.keys()].sort(), [
    "configuration/members.json",
    "configuration/parameters.json",
    "configuration/seals.json",
    "configuration/servers.json",
    "configuration/services.json",
    "configuration/trust-services.json",
  ]);
  const reordered = Object.fromEntries(Object.entries(good).reverse()) as unknown as RegistryDocument;
  t.same((await compose(reordered)).targets, parts.targets);
});

const withSeal = (seal: object) => ({ seals: [{ ...seal1, ...seal }, seal2] });
const withServer = (server: object) => ({ servers: [{ ...server1, ...server }, server2] });
const sealOf = (identity: Parameters<typeof der>[0]) => withSeal({ certificate: der(identity) });
const sharedKey = country.ca.issueSeal(population, "A", { privateKey: country.benefitsSeal.privateKey });
const tlsWithSealKey = country.ca.issueTls(ss1, "A", { privateKey: country.benefitsSeal.privateKey });

// biome-ignore format: a table is read by its columns
const faults: readonly (readonly [name: string, change: object, message: RegExp])[] = [
  ["an unknown member of the document", { extra: 1 }, /registry: must NOT have additional properties: "extra"/],
  ["an unknown member of a server", withServer({ colour: "red" }), /registry at \/servers\/0: .*"colour"/],
  ["a missing part", { members: undefined }, /must have required property 'members'/],
  ["another version of the file", { v: 2 }, /registry at \/v: must be equal to constant: 1/],
  ["a port out of range", withServer({ addresses: [{ host: "a", port: 0 }] }), /at \/servers\/0\/addresses\/0\/port/],
  ["a server without a TLS certificate", withServer({ tlsCertificates: [] }), /at \/servers\/0\/tlsCertificates/],
  ["an OCSP freshness of two days", { parameters: { ...good.parameters, ocspFreshnessSeconds: 172_800 } }, /at \/parameters\/ocspFreshnessSeconds/],
  ["a member of another instance", { members: [{ ...member1, id: "TEST/GOV/1" }, member2] }, /at \/members\/0\/id: TEST\/GOV\/1 is not of instance DEV/],
  ["a member twice", { members: [member1, member1, member2] }, /at \/members\/1\/id: DEV\/GOV\/10000001 occurs twice/],
  ["an id in another spelling", { members: [{ ...member1, id: "DEV/GOV/1%30000001" }, member2] }, /at \/members\/0\/id: .* is to be spelled DEV\/GOV\/10000001/],
  ["an id with a control character", { members: [{ ...member1, id: "DEV/GOV/1%00" }, member2] }, /at \/members\/0\/id/],
  ["a subsystem of another member", { members: [{ ...member1, subsystems: [{ id: `${benefits}/x`, name: "x" }] }, member2] }, /at \/members\/0\/subsystems\/0\/id: .* is not of DEV\/GOV\/10000001/],
  ["a server twice", { servers: [server1, server1] }, /at \/servers\/1\/id/],
  ["a server of an unknown owner", withServer({ id: "DEV/GOV/7/ss1", owner: "DEV/GOV/7" }), /at \/servers\/0\/owner: DEV\/GOV\/7 is not registered/],
  ["a server named after another member", withServer({ owner: benefits }), /at \/servers\/0\/owner: DEV\/GOV\/10000001\/ss1 is not of DEV\/GOV\/10000003/],
  ["a client that is not registered", withServer({ clients: ["DEV/GOV/7/x"] }), /at \/servers\/0\/clients\/0: DEV\/GOV\/7\/x is not registered/],
  ["a client on two servers", { servers: [server1, { ...server2, clients: server1!.clients }] }, /at \/servers\/1\/clients\/0: DEV\/GOV\/10000001 is at DEV\/GOV\/10000001\/ss1 already/],
  ["a TLS certificate of two servers", { servers: [server1, { ...server2, tlsCertificates: server1!.tlsCertificates }] }, /at \/servers\/1\/tlsCertificates\/0: the TLS key of .* is also the TLS key/],
  ["a seal of an unknown member", withSeal({ member: "DEV/GOV/7" }), /at \/seals\/0\/member: DEV\/GOV\/7 is not registered/],
  ["a seal for an unknown server", withSeal({ servers: [`${population}/ss9`] }), /at \/seals\/0\/servers\/0: .* is not registered/],
  ["a seal twice", { seals: [seal1, seal1] }, /at \/seals\/1\/certificate: occurs twice/],
  ["one certificate for two members", { seals: [seal1, { ...seal2, certificate: seal1!.certificate }] }, /at \/seals\/1\/certificate: the seal of DEV\/GOV\/10000003 is also the seal of DEV\/GOV\/10000001/],
  ["one key for two members", sealOf(sharedKey), /at \/seals\/1\/certificate: the seal of DEV\/GOV\/10000003 is also the seal of DEV\/GOV\/10000001/],
  ["one key for a seal and for TLS", withServer({ tlsCertificates: [der(tlsWithSealKey)] }), /at \/servers\/0\/tlsCertificates\/0: the TLS key of .* is also the seal/],
  ["a TLS certificate as seal", sealOf(country.tls1), /at \/seals\/0\/certificate: .*purpose "seal"/],
  ["a seal as TLS certificate", withServer({ tlsCertificates: [der(country.populationSeal)] }), /at \/servers\/0\/tlsCertificates\/0: .*purpose "tls"/],
  ["a seal of an unlisted CA", sealOf(strangers.populationSeal), /at \/seals\/0\/certificate: was issued by no listed CA/],
  ["a seal below the class of its members", { parameters: { ...good.parameters, leastSealClasses: [{ memberClass: "GOV", least: "qualified" }] } }, /at \/seals\/0\/certificate: makes an advanced electronic seal; members of GOV need a qualified electronic seal/],
  ["a seal as CA", { certificationAuthorities: [ca, { ...ca, name: "B", certificate: seal1!.certificate }] }, /at \/certificationAuthorities\/1\/certificate: not the certificate of a CA/],
  ["a CA twice", { certificationAuthorities: [ca, { ...ca, name: "B" }] }, /at \/certificationAuthorities\/1\/certificate: occurs twice/],
  ["two CAs of one name", { certificationAuthorities: [ca, { ...ca, certificate: der(country.ca.root) }] }, /at \/certificationAuthorities\/1\/name: Issuing CA occurs twice/],
  ["a certificate that is none", withSeal({ certificate: { der: Buffer.alloc(100).toString("base64") } }), /at \/seals\/0\/certificate/],
  ["a certificate with bytes behind it", withSeal({ certificate: { der: Buffer.concat([country.populationSeal.certificate.der, Buffer.alloc(1)]).toString("base64") } }), /at \/seals\/0\/certificate/],
  ["a PEM file that is not there", withSeal({ certificate: { pem: "missing.pem" } }), /at \/seals\/0\/certificate: ENOENT/],
  ["a directory of services that is not there", { services: "services" }, /at \/services: ENOENT/],
  ["a history that goes back", withSeal({ history: [{ state: "granted", from: "2026-02-01T00:00:00Z" }, { state: "withdrawn", from: "2026-01-01T00:00:00Z" }] }), /at \/seals\/0\/history\/1\/from/],
  ["a time that does not exist", withSeal({ history: [{ state: "granted", from: "2026-13-01T00:00:00Z" }] }), /at \/seals\/0\/history\/0\/from/],
  ["a history of no entry", withSeal({ history: [] }), /at \/seals\/0\/history/],
];

for (const [name, change, message] of faults) {
  t.test(`refused, with its place: ${name}`, async (t) => {
    await t.rejects(compose({ ...good, ...change } as RegistryDocument), { name: "DocumentError", message });
  });
}

t.test(
  "a service code that is too long for the repository is refused before anything is published",
  async (t) => {
    const describe = (code: string) => {
      const directory = t.testdir({
        DEV: { GOV: { "10000001": { population: { [`${code}.json`]: "{}" } } } },
      });
      return compose({ ...good, services: directory });
    };
    const { documents } = await describe("a".repeat(180));
    const [path] = [...documents.keys()];
    t.ok(
      `${"0".repeat(64)}.${path!.slice(path!.lastIndexOf("/") + 1)}`.length <= 255,
      "as the repository names it",
    );
    await t.rejects(describe("a".repeat(181)), {
      name: "DocumentError",
      message: /more than 180 characters/,
    });
  },
);

t.test("a hosting server may serve subsystems of several members", async (t) => {
  const clients = [...server1!.clients, ...server2!.clients];
  const servers = [{ ...server1!, clients }];
  const seals = [seal1!, { ...seal2!, servers: [ss1] }];
  await t.resolves(compose({ ...good, servers, seals }));
  await t.rejects(compose({ ...good, servers }), { message: new RegExp(`${ss2} is not registered`) });
});

t.test("what the instance adds to the vocabulary is published by its digest, as it is written", async (t) => {
  const text = { en: "x" };
  const own = { id: "vehicle.plate", title: text, description: text };
  const file = join(t.testdir(), "own.json");
  const withVocabulary = async (document: object | string) => {
    const bytes = typeof document === "string" ? document : JSON.stringify(document);
    writeFileSync(file, bytes);
    return compose({ ...good, catalogue: { vocabularies: [file] } });
  };
  const { index, documents, vocabulary } = await withVocabulary({ v: 1, elements: [own], schemes: [] });
  const [published] = index.content.vocabularies;
  t.equal(published?.path, "vocabularies/1.json");
  t.same(documents.get("vocabularies/1.json"), published?.bytes);
  t.match(vocabulary.element("vehicle.plate"), own);
  t.ok(vocabulary.element("person.name"), "beside the shared one");
  const without = await compose(good);
  t.equal(without.vocabulary.element("vehicle.plate"), undefined);
  t.same(without.index.content.vocabularies, []);

  const place = /registry at \/catalogue\/vocabularies/;
  const twice = { v: 1, elements: [{ ...own, id: "person.name" }], schemes: [] };
  await t.rejects(withVocabulary(twice), { name: "DocumentError", message: place });
  await t.rejects(withVocabulary("{"), { name: "DocumentError", message: place });
  await t.rejects(withVocabulary(" ".repeat(2 ** 20 + 1)), { message: /longer than 1048576 bytes/ });
  t.equal((await compose(good)).vocabulary, without.vocabulary, "what was refused leaves no trace");
});
