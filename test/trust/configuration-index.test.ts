import fc from "fast-check";
import t from "tap";
import { composeParts } from "../../src/authority/compose-parts.ts";
import { resolveRegistry } from "../../src/authority/registry.ts";
import type { RegistryDocument } from "../../src/authority/registry-document.ts";
import { type ClientId, type MemberId, type ServerId, unsafeId } from "../../src/core/ids.ts";
import type { SealClass } from "../../src/pki/seal-class.ts";
import { ConfigurationIndex, stateAt } from "../../src/trust/configuration-index.ts";
import { parseGlobalConfiguration } from "../../src/trust/parse-global-configuration.ts";
import { benefits, der, population, SampleCountry, ss1, ss2 } from "../authority/sample-registry.ts";

const country = new SampleCountry();
const identity = { instance: "DEV", purpose: "demonstration" } as const;
const now = country.clock.now();

async function indexOf(registry: RegistryDocument, before?: ConfigurationIndex): Promise<ConfigurationIndex> {
  const parts = composeParts(await resolveRegistry(registry, "/nowhere")).targets;
  return new ConfigurationIndex(
    parseGlobalConfiguration({ version: 1, sha256: "x", parts }, identity),
    before,
  );
}

t.test("everything is found by its name or digest, and nothing else is", async (t) => {
  const index = await indexOf(country.registry());
  const client = unsafeId<ClientId>(`${population}/population`);
  t.equal(index.member(population)?.name, "Population Register");
  t.equal(index.member(unsafeId<MemberId>("DEV/GOV/7")), undefined);
  t.ok(index.isRegistered(client));
  t.ok(index.isRegistered(unsafeId<ClientId>(population)), "a member itself");
  t.notOk(index.isRegistered(unsafeId<ClientId>(`${population}/archive`)));
  t.equal(index.server(ss2)?.owner, benefits);
  t.equal(index.server(unsafeId<ServerId>("DEV/GOV/7/ss1")), undefined);
  t.equal(index.serverOf(client)?.id, ss1);
  t.equal(index.serverOf(unsafeId<ClientId>(benefits)), undefined, "registered, but served nowhere");
  t.equal(index.serverByTlsCertificate(country.tls1.certificate.fingerprint)?.id, ss1);
  t.equal(index.serverByTlsCertificate(country.populationSeal.certificate.fingerprint), undefined);
  t.equal(index.timestampingAuthorities[0]?.authority.name, "TSA");
  for (const name of ["__proto__", "constructor", "toString"]) {
    t.equal(index.server(unsafeId<ServerId>(name)), undefined);
    t.equal(index.seal(name, now), undefined);
  }
});

t.test("a seal comes with its member, its servers and the CA that issued it", async (t) => {
  const index = await indexOf(country.registry());
  const { fingerprint } = country.populationSeal.certificate;
  const seal = index.seal(fingerprint, now)!;
  t.equal(seal.member, population);
  t.same(seal.servers, [ss1]);
  t.equal(seal.issuer.fingerprint, country.ca.issuing.certificate.fingerprint);
  t.equal(index.certificationAuthority(seal.issuer.fingerprint)?.authority.name, "Issuing CA");
  t.equal(index.issuerOf(seal.certificate)?.authority, seal.authority);
  t.equal(index.seal(country.tls1.certificate.fingerprint, now), undefined, "a TLS certificate is no seal");
});

t.test("a seal that is withdrawn, or whose CA is, is known to old evidence alone", async (t) => {
  const history = [
    { state: "granted" as const, from: "2026-01-01T00:00:00Z" },
    { state: "compromised" as const, from: "2026-06-01T00:00:00Z" },
  ];
  const good = country.registry();
  const [first, ...others] = good.seals;
  const [ca] = good.certificationAuthorities;
  const { fingerprint } = country.populationSeal.certificate;
  for (const change of [
    { seals: [{ ...first!, history }, ...others] },
    { certificationAuthorities: [{ ...ca!, history }] },
  ]) {
    const index = await indexOf({ ...good, ...change });
    t.equal(index.seal(fingerprint, now), undefined);
    t.match(index.whyNoSeal(fingerprint, now), / compromised$/);
    t.equal(index.seal(fingerprint, Date.UTC(2025, 0)), undefined, "before it was granted");
    t.equal(index.seal(fingerprint, Date.UTC(2026, 2))?.member, population);
    t.equal(index.sealOfAnyState(fingerprint)?.member, population);
  }
});

t.test("a seal below the class that its member must have is refused at use, one above is not", async (t) => {
  const qualified = "advanced-on-qualified-certificate" as const;
  const good = country.registry();
  const [first, second] = good.seals;
  const better = country.ca.issueSeal(population, "Population Register", { qualified });
  const seals = [{ ...first!, certificate: der(better) }, second!];
  const { content } = await indexOf({ ...good, seals });
  const withLeast = (least: SealClass) => {
    const leastSealClasses = [{ memberClass: "GOV", least }];
    return new ConfigurationIndex({ ...content, parameters: { ...content.parameters, leastSealClasses } });
  };
  const [weak, strong] = [country.benefitsSeal, better].map(({ certificate }) => certificate.fingerprint);
  t.equal(withLeast("advanced").seal(weak!, now)?.class, "advanced");
  t.equal(withLeast(qualified).seal(weak!, now), undefined);
  t.equal(
    withLeast(qualified).whyNoSeal(weak!, now),
    `makes an advanced electronic seal; ${benefits} needs an advanced electronic seal based on a qualified certificate`,
  );
  t.equal(withLeast(qualified).seal(strong!, now)?.class, qualified);
  t.equal(withLeast("qualified").seal(strong!, now), undefined);
  t.equal(withLeast("qualified").sealOfAnyState(strong!)?.class, qualified, "old evidence knows it");
});

t.test("certificates of an earlier version are not parsed again", async (t) => {
  const { fingerprint } = country.populationSeal.certificate;
  const first = await indexOf(country.registry());
  const second = await indexOf(country.registry(), first);
  t.equal(second.seal(fingerprint, now)!.certificate, first.seal(fingerprint, now)!.certificate);
});

t.test("the state at a time is that of the last entry that is not later", async () => {
  const states = ["granted", "withdrawn", "compromised"] as const;
  const histories = fc
    .uniqueArray(fc.integer({ min: 0, max: 1_000 }), { minLength: 1 })
    .map((times) => times.sort((a, b) => a - b).map((from, i) => ({ from, state: states[i % 3]! })));
  fc.assert(
    fc.property(histories, fc.integer({ min: -1, max: 1_001 }), (history, time) => {
      const expected = history.filter(({ from }) => from <= time).at(-1)?.state ?? "unknown";
      return stateAt(history, time) === expected;
    }),
  );
});
