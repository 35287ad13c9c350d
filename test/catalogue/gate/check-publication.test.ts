import t from "tap";
import type { DescriptionDocument } from "../../../src/catalogue/description-document.ts";
import { checkPublication } from "../../../src/catalogue/gate/check-publication.ts";
import type { GateCode } from "../../../src/catalogue/gate/gate-codes.ts";
import type { Publication } from "../../../src/catalogue/gate/publication.ts";
import { unsafeId } from "../../../src/core/ids.ts";
import {
  answer,
  answering,
  applications,
  at,
  collects,
  endpoint,
  field,
  key,
  object,
  other,
  person,
  persons,
  publication,
  register,
  text,
  without,
} from "./publications.ts";

const exception = {
  service: "DEV/GOV/10000003/benefits/applications",
  element: "person.residence",
  legalReference: "Act §1",
};
const all = { catalogue: [persons] };

/** Names `mother` and not the parents of hers. */
const family = {
  type: "object",
  properties: { code: field("person.identifier"), mother: { $ref: "#", description: "The mother." } },
  required: ["code"],
  additionalProperties: false,
};

type Fault = readonly [what: string, publication: Publication, code: GateCode, place: string];

// biome-ignore format: a table is read by its columns
const faults: readonly Fault[] = [
  ["no contacts", publication(without("contacts")), "description.missing", "/contacts"],
  ["no retention", publication(without("retention")), "description.missing", "/retention"],
  ["a service code of 64 characters", publication({ ...persons, id: unsafeId(`DEV/GOV/10000001/population/${"p".repeat(64)}`) }), "description.code", "/id"],
  ["a homoglyph in the service code", publication({ ...persons, id: unsafeId("DEV/GOV/10000001/population/pers\u043ens") }), "description.code", "/id"],
  ["no law", publication({ ...persons, lawfulBases: [] }), "law.provision", "/lawfulBases"],
  ["consent, by a public authority", publication({ ...persons, lawfulBases: [{ basis: "consent", provision: "GDPR 6(1)(a)" }] }), "law.consent", "/lawfulBases/0"],
  ["a purpose that needs more", publication({ ...persons, purposes: [{ id: "x", title: text, elements: ["income.taxable"] }] }), "purpose.element", "/purposes/0/elements/0"],
  ["persons nowhere located", publication(at({ subjects: [], answerSubjects: [] })), "subject.not-located", "/endpoints/0/subjects"],
  ["documents about nobody knows whom", publication({ ...persons, contentKind: "opaque", endpoints: [{ method: "GET", path: "/x" }] }), "subject.untraceable", "/endpoints/0/subjects"],
  ["a person where no field is", publication(at({ answerSubjects: [{ pointer: "/personCode", scheme: person }] })), "subject.not-there", "/endpoints/0/answerSubjects/0/pointer"],
  ["an unknown identifier scheme", publication(at({ answerSubjects: [{ pointer: "/code", scheme: "urn:x" }] })), "subject.scheme", "/endpoints/0/answerSubjects/0/scheme"],
  ["a parameter without description", publication(at({ parameters: {} })), "endpoint.parameter", "/endpoints/0/parameters"],
  ["a parameter that is not in the path", publication(at({ parameters: { ...endpoint.parameters, "path:on": { schema: { type: "string", maxLength: 9 }, use: "key" } } })), "endpoint.parameter", "/endpoints/0/parameters/path:on"],
  ["no successful answer", publication(at({ responses: { "404": answer } })), "endpoint.answer", "/endpoints/0/responses"],
  ["a field without element", publication(answering({ schema: object({ code: field("person.identifier"), given: { type: "string", maxLength: 9, description: "x" } }), examples: [{ code: "1", given: "x" }] })), "element.unmapped", "/endpoints/0/responses/200/schema"],
  ["an element that nobody knows", publication(answering({ schema: object({ code: field("person.identifier"), given: field("person.nickname") }), examples: [{ code: "1", given: "x" }] })), "element.unknown", "/endpoints/0/responses/200/schema"],
  ["a field of unknown use", publication(applications({ code: field("person.identifier") }, { code: "1" })), "element.use", "/endpoints/0/request/schema"],
  ["a missing example", publication(answering({ examples: [] })), "example.missing", "/endpoints/0/responses/200/examples"],
  ["an example that does not fit", publication(answering({ examples: [{ code: 1, given: "x" }] })), "example.invalid", "/endpoints/0/responses/200/examples/0/code"],
  ["asking people for what a register holds", publication(collects("collect"), { catalogue: [persons] }), "once-only.collects", "/endpoints/0/request/schema"],
  ["asking people for the whole of which a register holds parts", publication(applications({ code: key, address: field("person.residence.address", { "x-sealway-use": "collect" }) }, { code: "1", address: "x" }), { catalogue: [{ ...persons, source: { ...persons.source, elements: ["person.identifier", "person.residence.address.street"] } }] }), "once-only.collects", "/endpoints/0/request/schema"],
  ["asking people by a parameter", publication({ ...collects("match"), endpoints: [{ ...collects("match").endpoints[0]!, parameters: { "query:street": { schema: { type: "string", maxLength: 9 }, element: "person.residence.address.street", use: "collect" } } }] }, all), "once-only.collects", "/endpoints/0/parameters/query:street"],
  ["asking people in a map whose names are listed", publication(applications({ code: key, more: { type: "object", description: "x", propertyNames: { enum: ["street"] }, additionalProperties: field("person.residence.address.street", { "x-sealway-use": "collect" }) } }, { code: "1", more: { street: "x" } }), all), "once-only.collects", "/endpoints/0/request/schema"],
  ["an exception that has ended", publication(collects("collect"), { ...all, exceptions: [{ ...exception, until: "2026-11-21" }] }), "once-only.collects", "/endpoints/0/request/schema"],
  ["an exception without a legal reference", publication(collects("collect"), { ...all, exceptions: [{ ...exception, legalReference: " " }] }), "once-only.collects", "/endpoints/0/request/schema"],
  ["an exception for another service", publication(collects("collect"), { ...all, exceptions: [{ ...exception, service: persons.id }] }), "once-only.collects", "/endpoints/0/request/schema"],
  ["an exception for another element", publication(collects("collect"), { ...all, exceptions: [{ ...exception, element: "person.birth" }] }), "once-only.collects", "/endpoints/0/request/schema"],
  ["a parameter that people are asked for, mapped to nothing", publication(at({ parameters: { ...endpoint.parameters, "query:street": { schema: { type: "string", maxLength: 9 }, use: "collect" } } })), "element.unmapped", "/endpoints/0/parameters/query:street"],
  ["a second use that is hidden in an alternative", publication(applications({ code: key, street: { description: "x", "x-sealway-element": "person.residence.address.street", anyOf: [{ type: "string", maxLength: 9, "x-sealway-use": "match" }, { type: "string", maxLength: 8, "x-sealway-use": "collect" }] } }, { code: "1", street: "x" })), "element.ambiguous", "/endpoints/0/request/schema"],
  ["a second register", publication(register, { catalogue: [other] }), "once-only.second-source", "/source/elements/0"],
  ["a second register for a part of the territory", publication({ ...register, source: { ...register.source, territory: "DEV-37" } }, { catalogue: [other] }), "once-only.second-source", "/source/elements/0"],
  ["a second register for a territory with another kind of code", publication({ ...register, source: { ...register.source, territory: "EE-37" } }, { catalogue: [other] }), "once-only.second-source", "/source/elements/0"],
  ["a second register for some of the people", publication({ ...register, source: { ...register.source, population: "students" } }, { catalogue: [other] }), "once-only.second-source", "/source/elements/0"],
  ["a second register for some of some people", publication({ ...register, source: { ...register.source, population: "Residents.minors" } }, { catalogue: [{ ...other, source: { ...other.source, population: "residents" } }] }), "once-only.second-source", "/source/elements/0"],
  ["a second register from the last day of the first", publication({ ...register, source: { ...register.source, from: "2020-01-01" } }, { catalogue: [{ ...other, source: { ...other.source, to: "2020-01-01" } }] }), "once-only.second-source", "/source/elements/0"],
  ["a part of a source that names another coordinator", publication({ ...register, source: { ...register.source, coordinator: "DEV/GOV/1" } }, { catalogue: [{ ...other, source: { ...other.source, coordinator: "DEV/GOV/2" } }] }), "once-only.second-source", "/source/elements/0"],
  ["the same register, by another member", publication(persons, { catalogue: [other] }), "once-only.second-source", "/source/elements/0"],
  ["a territory in words", publication({ ...persons, source: { ...persons.source, territory: "Everywhere" } }), "source.scope", "/source/territory"],
  ["a day that there is not", publication({ ...persons, source: { ...persons.source, from: "2025-02-29" } }), "source.scope", "/source/from"],
  ["a period the wrong way round", publication({ ...persons, source: { ...persons.source, from: "2025-01-02", to: "2025-01-01" } }), "source.scope", "/source/to"],
  ["a register that holds what the service does not give", publication({ ...persons, source: { ...persons.source, elements: ["person", "income"] } }), "source.element", "/source/elements/1"],
  ["yes or no, and the name as well", publication({ ...persons, predicateOf: unsafeId("DEV/GOV/10000001/population/full") }, { catalogue: [{ ...persons, id: unsafeId("DEV/GOV/10000001/population/full") }] }), "predicate.discloses", "/predicateOf"],
  ["yes or no about nothing", publication({ ...persons, predicateOf: unsafeId("DEV/GOV/10000001/population/nothing") }), "predicate.unknown", "/predicateOf"],
  ["the same version again", publication(persons, { published: persons }), "version.not-greater", "/version"],
  ["an older version", publication(persons, { published: { ...persons, version: "1.0.1" } }), "version.not-greater", "/version"],
  ["an endpoint that is gone", publication({ ...persons, version: "1.1.0" }, { published: { ...persons, endpoints: [...persons.endpoints, { method: "GET", path: "/all" }] } }), "version.breaking", "/endpoints"],
  ["a parameter that is required now", publication({ ...at({ parameters: { ...endpoint.parameters, "query:on": { schema: { type: "string", maxLength: 9 }, required: true, use: "key" } } }), version: "1.1.0" }, { published: persons }), "version.breaking", "/endpoints/0/parameters/query:on"],
  ["an answer in other words", publication({ ...answering({ schema: object({ code: field("person.identifier", { maxLength: 200 }), given: field("person.name.given") }) }), version: "1.1.0" }, { published: persons }), "version.breaking", "/endpoints/0/responses/200/schema"],
  ["another kind of content", publication({ ...persons, contentKind: "opaque", version: "1.1.0" }, { published: persons }), "version.breaking", "/contentKind"],
];

t.test("a description without fault is published", async (t) => {
  t.strictSame(checkPublication(publication(persons)), []);
});

for (const [what, input, code, place] of faults) {
  t.test(what, async (t) => {
    const findings = checkPublication(input);
    t.match(findings[0], { code, place });
    t.strictSame(
      findings.filter((other) => other.code !== code),
      [],
    );
  });
}

/** What looks like a fault and is none. */
// biome-ignore format: a table is read by its columns
const innocent: readonly (readonly [what: string, publication: Publication])[] = [
  ["matching an address", publication(collects("match"), { catalogue: [persons] })],
  ["having an address verified", publication(collects("claim"), { catalogue: [persons] })],
  ["asking for what no register holds", publication(collects("collect"))],
  ["asking by an approved exception", publication(collects("collect"), { catalogue: [persons], exceptions: [exception] })],
  ["the same register, by another service", publication(persons, { catalogue: [{ ...other, id: unsafeId("DEV/GOV/10000001/other/persons") }] })],
  ["another register for another territory", publication({ ...register, source: { ...register.source, territory: "DEV-37" } }, { catalogue: [{ ...other, source: { ...other.source, territory: "DEV-39" } }] })],
  ["another register for a territory whose code only begins alike", publication({ ...register, source: { ...register.source, territory: "EE-37" } }, { catalogue: [{ ...other, source: { ...other.source, territory: "EE-3" } }] })],
  ["another register for another population", publication({ ...register, source: { ...register.source, population: "students" } }, { catalogue: [{ ...other, source: { ...other.source, population: "pensioners" } }] })],
  ["asking for what a register held, and does no more", publication(collects("collect"), { catalogue: [{ ...persons, source: { ...persons.source, to: "2026-11-21" } }] })],
  ["finding a person by it", publication(collects("key"), { catalogue: [persons] })],
  ["being told of it by its source", publication(collects("notify"), { catalogue: [persons] })],
  ["an exception on its last day", publication(collects("collect"), { catalogue: [persons], exceptions: [{ ...exception, until: "2026-11-22" }] })],
  ["fields that recur", publication(answering({ schema: family, examples: [{ code: "1", mother: { code: "2" } }] }))],
  ["another register for another time", publication({ ...register, source: { ...register.source, from: "2020-01-01" } }, { catalogue: [{ ...other, source: { ...other.source, to: "2019-12-31" } }] })],
  ["parts of one source, with a coordinator", publication({ ...register, source: { ...register.source, coordinator: "DEV/GOV/10000001" } }, { catalogue: [{ ...other, source: { ...other.source, coordinator: "DEV/GOV/10000001" } }] })],
  ["consent that an officer accepted", publication({ ...persons, lawfulBases: [{ basis: "consent", provision: "GDPR 6(1)(a)", acceptedBy: "A. Officer" }] })],
  ["consent, of a company", publication({ ...persons, id: unsafeId("DEV/COM/30000001/onboarding/persons"), lawfulBases: [{ basis: "consent", provision: "GDPR 6(1)(a)" }] })],
  ["a breaking change, as a new major version", publication({ ...answering({ schema: object({ code: field("person.identifier", { maxLength: 200 }), given: field("person.name.given") }) }), version: "2.0.0" }, { published: persons })],
  ["a field more in the answer", publication({ ...answering({ schema: object({ code: field("person.identifier"), given: field("person.name.given"), family: field("person.name.family") }), examples: [{ code: "1", given: "x", family: "y" }] }), version: "1.1.0" }, { published: persons })],
];
for (const [what, input] of innocent) {
  t.test(`let through: ${what}`, async (t) => t.strictSame(checkPublication(input), []));
}

t.test("of several holders the gate names one that the service may ask, and that holds most", async (t) => {
  const holder = (code: string, entitled: readonly string[], ...elements: readonly string[]) => ({
    ...persons,
    id: unsafeId<DescriptionDocument["id"]>(`DEV/GOV/10000001/population/${code}`),
    ...{ entitled, source: { ...persons.source, elements } },
  });
  const street = "person.residence.address.street";
  const closed = holder("closed", ["DEV/COM"], "person");
  const few = holder("few", ["DEV/GOV"], street);
  const most = holder("most", ["DEV/GOV"], "person");
  const both = applications(
    {
      code: key,
      street: field(street, { "x-sealway-use": "collect" }),
      given: field("person.name.given", { "x-sealway-use": "collect" }),
    },
    { code: "38001010000", street: "x", given: "x" },
  );
  const told = (document: DescriptionDocument, ...catalogue: readonly DescriptionDocument[]) =>
    checkPublication(publication(document, { catalogue })).map(({ detail }) => detail);
  t.match(told(both, closed, few, most), [/street is held by \S+most$/, /given is held by \S+most$/]);
  t.match(told(collects("collect"), closed, few), [/held by \S+few$/]);
  t.match(
    told(collects("collect"), closed),
    [/held by \S+closed$/],
    "none that may be asked: one that holds it",
  );
});

t.test("a purpose of a message may name what the receipt holds, and what the message tells", async (t) => {
  const message: DescriptionDocument = {
    ...applications({ code: key }, { code: "38001010000" }),
    pattern: "message",
    purposes: [{ id: "benefit", title: text, elements: ["person.identifier", "entitlement.kind"] }],
  };
  t.strictSame(checkPublication(publication(message)), []);
});
