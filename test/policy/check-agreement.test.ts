import t from "tap";
import { Catalogue } from "../../src/catalogue/catalogue.ts";
import { ordinaryStanding } from "../../src/catalogue/service-standing.ts";
import { type AgreementCode, agreementCodes } from "../../src/policy/agreement-codes.ts";
import { Agreements } from "../../src/policy/agreements/agreements.ts";
import { AgreementsInForce } from "../../src/policy/agreements-in-force.ts";
import { checkAgreement } from "../../src/policy/check-agreement.ts";
import { residence } from "../catalogue/residence.ts";
import { agreementOf, catalogueOf, published } from "./grant.ts";

const full = published();
const properties = Object.fromEntries(
  Array.from({ length: 101 }, (_, i) => [
    `field-${i}`,
    { type: "string", "x-sealway-element": "person.name" },
  ]),
);
const city = { type: "string", "x-sealway-element": "person.residence.address.city" };
const wide = published({
  endpoints: [
    {
      method: "GET",
      path: "/a",
      responses: { "200": { schema: { type: "object", properties: { ...properties, city } } } },
    },
  ],
});
const predicate = (changes: object) =>
  published({ id: "DEV/GOV/10000001/population/is-resident", predicateOf: residence.id, ...changes });
const resident = {
  schema: {
    type: "object",
    properties: { resident: { "x-sealway-element": "person.residence.inTerritory" } },
  },
};
const byPurpose = predicate({ endpoints: [{ method: "GET", path: "/a", responses: { "200": resident } }] });
const byElements = predicate({
  purposes: [],
  endpoints: [
    {
      method: "GET",
      path: "/a",
      responses: { "200": { schema: { "x-sealway-element": "person.residence.address" } } },
    },
  ],
});
const other = predicate({
  purposes: [{ id: "other", title: { en: "O" }, elements: ["person.name"] }],
  endpoints: byPurpose.description.document.endpoints,
});

type Case = [changes: object, service?: typeof full, beside?: typeof full];
const kept: Record<string, Case> = {
  "a purpose": [{}],
  "a purpose in its revision": [{ purposes: [{ id: "means-test", revision: 1 }] }],
  "fields within the purpose": [{ fields: ["/address/city"] }],
  "fields of which a part is within the purpose": [{ fields: ["/address"] }],
  "fields without a purpose": [{ purposes: null, fields: ["/birth"] }],
  "neither, beside a predicate": [{ purposes: null }, full, byPurpose],
  "a predicate for another purpose": [{}, full, other],
  "a reason why no predicate does": [{ reason: "Letters are sent to the address." }, full, byPurpose],
};
for (const [what, [changes, service = full, beside = full]] of Object.entries(kept)) {
  t.test(`kept: ${what}`, async (t) => {
    const catalogue = beside === full ? catalogueOf(service) : catalogueOf(service, beside);
    t.same(checkAgreement(agreementOf(changes), service.description, catalogue), []);
  });
}

const refused: Record<string, [code: AgreementCode, place: string, ...Case]> = {
  "a purpose that there is not": ["purpose.unknown", "/purposes/0", { purposes: [{ id: "marketing" }] }],
  "another revision": ["purpose.unknown", "/purposes/0", { purposes: [{ id: "means-test", revision: 2 }] }],
  "a field that there is not": ["field.unknown", "/fields/1", { fields: ["/address", "/adress"] }],
  "a field beyond the purpose": ["field.beyond", "/fields/0", { fields: ["/birth", "/address"] }],
  "too many fields to name": ["fields.unsayable", "/fields", {}, wide],
  "endpoints that answer nothing of it": [
    "grant.nothing",
    "/fields",
    {},
    published({
      endpoints: [{ method: "GET", path: "/a", responses: { "200": { schema: { properties } } } }],
    }),
  ],
  "a predicate that has the purpose": ["predicate.suffices", "/purposes/0", {}, full, byPurpose],
  "a predicate that answers all elements": ["predicate.suffices", "/purposes/0", {}, full, byElements],
  "fields of content that is not read": [
    "content.opaque",
    "/fields",
    { purposes: null, fields: ["/address"] },
    published({ contentKind: "opaque" }),
  ],
};
for (const [what, [code, place, changes, service = full, beside = full]] of Object.entries(refused)) {
  t.test(`refused: ${what}`, async (t) => {
    const catalogue = beside === full ? catalogueOf(service) : catalogueOf(service, beside);
    const findings = checkAgreement(agreementOf(changes), service.description, catalogue);
    t.match(findings, [{ code, place }]);
    t.equal(findings.length, 1);
    t.ok(agreementCodes[code].remedy);
  });
}

t.test("agreements that cannot be kept grant nothing, until they can", async (t) => {
  const good = agreementOf();
  const bad = agreementOf({ id: "b", purposes: [{ id: "audit" }] });
  const early = agreementOf({ id: "c", service: "DEV/GOV/10000001/population/later" });
  const late = agreementOf({ id: "d", serviceVersions: "2" });
  const inForce = new AgreementsInForce(new Agreements([good, bad, early, late]));
  const catalogue = catalogueOf(full);
  t.same(
    inForce.between(good.consumer, full.description, catalogue).map(({ id }) => id),
    ["a", "d"],
    "which version an agreement is for, the decision judges",
  );
  t.match(inForce.told(catalogue), [
    { agreement: { id: "b" }, findings: [{ code: "purpose.unknown" }] },
    { agreement: { id: "c" }, findings: [{ code: "service.unknown" }] },
    { agreement: { id: "d" }, findings: [{ code: "version.none" }] },
  ]);
  const more = [...residence.purposes, { id: "audit", title: { en: "Audit" }, elements: ["person.birth"] }];
  const next = published({ version: "2.0.0", purposes: more });
  const later = catalogueOf(full, next, published({ id: "DEV/GOV/10000001/population/later" }));
  t.same(inForce.told(later), []);
  t.equal(inForce.told(later), inForce.told(later), "judged once");
});

t.test(
  "an agreement that is replaced while calls run counts from the next one on, and is told of",
  async (t) => {
    const good = agreementOf();
    const agreements = new Agreements([good, agreementOf({ id: "b" })]);
    const inForce = new AgreementsInForce(agreements);
    const catalogue = catalogueOf(full);
    const ids = () => inForce.between(good.consumer, full.description, catalogue).map(({ id }) => id);
    t.same([inForce.told(catalogue), ids()], [[], ["a", "b"]]);
    agreements.set("a", [agreementOf({ revision: 2, purposes: [{ id: "audit" }] })]);
    t.match(inForce.told(catalogue), [{ agreement: { id: "a", revision: 2 }, effect: "refused" }]);
    t.same(ids(), ["b"]);
    agreements.set("a", [good]);
    agreements.set("b", []);
    t.same([inForce.told(catalogue), ids()], [[], ["a"]]);
    t.same(
      [...agreements.all()].map(({ id }) => id),
      ["a"],
    );
  },
);

t.test("what a call relies on follows its version, the catalogue and the pair of an agreement", async (t) => {
  const audit = agreementOf({ id: "b", purposes: [{ id: "audit" }] });
  const agreements = new Agreements([agreementOf(), audit]);
  const inForce = new AgreementsInForce(agreements);
  const more = [...residence.purposes, { id: "audit", title: { en: "Audit" }, elements: ["person.birth"] }];
  const next = published({ version: "2.0.0", purposes: more });
  const both = catalogueOf(full, next);
  const ids = ({ description }: typeof full, catalogue: Catalogue, consumer = audit.consumer) =>
    inForce.between(consumer, description, catalogue).map(({ id }) => id);
  for (let round = 0; round < 2; round++)
    t.same([ids(full, both), ids(next, both)], [["a"], ["a", "b"]], "each version by itself");
  const alone = catalogueOf(full, published({ id: byPurpose.description.id, purposes: more }));
  for (let round = 0; round < 2; round++)
    t.same([ids(full, alone), ids(next, both)], [["a"], ["a", "b"]], "each catalogue by itself");
  const other = agreementOf({ id: "b", consumer: "DEV/GOV/10000003/other" });
  t.same(ids(full, both, other.consumer), [], "nothing yet");
  agreements.set("b", [other]);
  t.same([ids(next, both), ids(full, both, other.consumer)], [["a"], ["b"]], "it went to another pair");
});

t.test("a predicate that is published while access runs stops none of it, and is noted", async (t) => {
  const from = Date.parse("2026-01-01T00:00:00Z");
  const later = published({ ...byPurpose.description.document, version: "1.1.0" });
  const catalogueSince = (...times: [typeof full, publishedAt: number][]) =>
    new Catalogue(
      [full, ...times.map(([predicate]) => predicate)],
      undefined,
      new Map(times.map(([{ sha256 }, publishedAt]) => [sha256, { ...ordinaryStanding, publishedAt }])),
    );
  const inForce = new AgreementsInForce(new Agreements([agreementOf()]));
  const grants = (catalogue: Catalogue) =>
    inForce.between(agreementOf().consumer, full.description, catalogue).length === 1;
  const after = catalogueSince([byPurpose, from]);
  t.ok(grants(after));
  t.match(inForce.told(after), [
    { effect: "noted", findings: [{ code: "predicate.since", place: "/purposes/0" }] },
  ]);
  const before = catalogueSince([byPurpose, from - 1]);
  t.notOk(grants(before), "who agrees later writes the reason");
  t.match(inForce.told(before), [{ effect: "refused", findings: [{ code: "predicate.suffices" }] }]);
  t.notOk(grants(catalogueSince([byPurpose, from - 1], [later, from + 1])), "the first version counts");
  t.notOk(grants(catalogueOf(full, byPurpose)), "what no act published was always there");
  const reasoned = new AgreementsInForce(
    new Agreements([agreementOf({ reason: "Letters are sent there." })]),
  );
  t.same(reasoned.told(after), []);
});

t.test("who names no version calls the first for which it has an agreement", async (t) => {
  const next = published({ version: "2.0.0" });
  const versions = catalogueOf(full, next).versions(full.description.id);
  const pick = (...ranges: (string | null)[]) => {
    const agreements = ranges.map((serviceVersions, i) => agreementOf({ id: `a${i}`, serviceVersions }));
    return new AgreementsInForce(new Agreements(agreements)).versionFor(agreementOf().consumer, versions)
      ?.version;
  };
  t.equal(pick(), "2.0.0");
  t.equal(pick(null), "2.0.0");
  t.equal(pick("1"), "1.0.0");
  t.equal(pick("1", "2"), "2.0.0");
  t.equal(pick("3"), "2.0.0");
});
