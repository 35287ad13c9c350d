import t from "tap";
import { covers, loadVocabulary } from "../../src/catalogue/vocabulary.ts";

const text = { en: "x" };
const own = { id: "vehicle.plate", title: text, description: text };

function addition(document: object): Buffer {
  return Buffer.from(JSON.stringify({ v: 1, elements: [], schemes: [], ...document }));
}

t.test(
  "the shared vocabulary is whole: every element has its parent, every predicate what it answers",
  async (t) => {
    const vocabulary = loadVocabulary();
    const ids = [...vocabulary.elements].map(({ id }) => id);
    t.ok(ids.length > 60);
    const orphans = ids.filter((id) => id.includes(".") && !ids.includes(id.slice(0, id.lastIndexOf("."))));
    t.strictSame(orphans, []);
    t.equal(vocabulary.element("person.birth.date")?.uri, "http://data.europa.eu/m8g/birthDate");
    t.equal(vocabulary.element("entitlement.isEntitled")?.answers, "entitlement");
    t.strictSame(
      [...vocabulary.elements].filter(({ title }) => title.zh === undefined),
      [],
    );
  },
);

t.test("an element covers what is below it, and nothing that only begins alike", async (t) => {
  t.ok(covers("person.residence", "person.residence.address.city"));
  t.ok(covers("person", "person"));
  t.notOk(covers("person.residence.address", "person.residence"));
  t.notOk(covers("person.name", "person.names"));
});

t.test("an identifier has one spelling, or is none of its scheme", async (t) => {
  const vocabulary = loadVocabulary();
  t.equal(vocabulary.normalise("urn:dev:personal-code", " 38001010000\n"), "38001010000");
  t.equal(
    vocabulary.normalise("urn:sealway:scheme:iban", "ee38 2200 2210-2014.5685"),
    "EE382200221020145685",
  );
  t.equal(vocabulary.normalise("urn:sealway:scheme:e-mail", "A@Example.org"), "a@example.org");
  t.equal(vocabulary.normalise("urn:dev:personal-code", "3800101000"), undefined);
  t.equal(vocabulary.normalise("urn:unknown", " x1 "), "X1", "plainly, where no vocabulary knows the scheme");
  t.equal(vocabulary.normalise("urn:sealway:scheme:e-mail", "a".repeat(2000)), undefined);
});

t.test("an instance adds elements and schemes of its own", async (t) => {
  const vocabulary = loadVocabulary([addition({ elements: [own] })]);
  t.match(vocabulary.element("vehicle.plate"), own);
  t.ok(vocabulary.element("person.name"));
});

const faults: Readonly<Record<string, object>> = {
  "an element that is defined already": { elements: [{ ...own, id: "person.name" }] },
  "an element defined twice": { elements: [own, own] },
  "a predicate about nothing": { elements: [{ ...own, answers: "vehicle.owner" }] },
  "a name with other letters": { elements: [{ ...own, id: "vehicle.pl\u0430te" }] },
  "no English title": { elements: [{ ...own, title: { et: "x" } }] },
  "an unknown normalisation": {
    schemes: [{ id: "urn:x", title: text, normalisation: "none", pattern: "^x$" }],
  },
  "a pattern that back-tracks catastrophically": {
    schemes: [{ id: "urn:x", title: text, normalisation: "digits", pattern: "^(?:[0-9]+)+$" }],
  },
  "a pattern that is none": {
    schemes: [{ id: "urn:x", title: text, normalisation: "digits", pattern: "^($" }],
  },
  "an unknown member": { extra: 1 },
};
for (const [what, document] of Object.entries(faults)) {
  t.test(`refused: ${what}`, async (t) => {
    t.throws(() => loadVocabulary([addition(document)]), { code: "bad_request" });
  });
}
