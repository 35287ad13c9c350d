import t from "tap";
import type { Schema } from "../../../src/catalogue/compatibility/json-schema.ts";
import type { DescriptionDocument } from "../../../src/catalogue/description-document.ts";
import { checkPublication } from "../../../src/catalogue/gate/check-publication.ts";
import { type GateCode, gateCodes } from "../../../src/catalogue/gate/gate-codes.ts";
import type { Publication } from "../../../src/catalogue/gate/publication.ts";
import { loadVocabulary } from "../../../src/catalogue/vocabulary.ts";
import { unsafeId } from "../../../src/core/ids.ts";
import { residence } from "../residence.ts";

const person = "urn:dev:personal-code";
const text = { en: "Words that say what it is." };

/** A field with its data element. */
function field(element: string, more: object = {}) {
  return { type: "string", maxLength: 100, description: "A field.", "x-sealway-element": element, ...more };
}

function object(properties: Record<string, object>): Schema {
  return {
    type: "object",
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
  } as Schema;
}

/** A service without fault: persons by code, from the register that is authoritative for them. */
const persons = {
  ...residence,
  id: unsafeId("DEV/GOV/10000001/population/persons"),
  purposes: [{ id: "means-test", title: text, elements: ["person.identifier"] }],
  endpoints: [
    {
      ...residence.endpoints[0],
      responses: {
        "200": {
          schema: object({ code: field("person.identifier"), given: field("person.name.given") }),
          examples: [{ code: "38001010000", given: "Mari" }],
        },
      },
    },
  ],
} as const satisfies DescriptionDocument;

/** A service that takes a form: applications for a benefit. */
function applications(properties: Record<string, object>, example: object): DescriptionDocument {
  const { source: _, ...rest } = persons;
  return {
    ...rest,
    id: unsafeId("DEV/GOV/10000003/benefits/applications"),
    purposes: [{ id: "benefit", title: text, elements: ["entitlement.kind"] }],
    endpoints: [
      {
        method: "POST",
        path: "/applications",
        subjects: [{ in: "body", name: "/code", role: "asked-about", scheme: person }],
        request: { schema: object(properties), examples: [example as never] },
        responses: {
          "201": { schema: object({ kind: field("entitlement.kind") }), examples: [{ kind: "A" }] },
        },
      },
    ],
  };
}

const key = field("person.identifier", { "x-sealway-use": "key" });
const collects = (use: string) =>
  applications(
    { code: key, street: field("person.residence.address.street", { "x-sealway-use": use }) },
    { code: "38001010000", street: "Harbour Street" },
  );

function publication(document: DescriptionDocument, more: Partial<Publication> = {}): Publication {
  const vocabulary = loadVocabulary();
  const publicClasses = new Set(["GOV", "MUN"]);
  return {
    document,
    published: undefined,
    catalogue: [],
    vocabulary,
    publicClasses,
    exceptions: [],
    ...more,
  };
}

const [endpoint] = persons.endpoints;
const [answer] = [endpoint.responses["200"]];

function without(name: keyof typeof persons): DescriptionDocument {
  const { [name]: _, ...rest } = persons;
  return rest as DescriptionDocument;
}

function at(more: object): DescriptionDocument {
  return { ...persons, endpoints: [{ ...endpoint, ...more }] } as DescriptionDocument;
}

function answering(more: object): DescriptionDocument {
  return at({ responses: { "200": { ...answer, ...more } } });
}

const register = { ...persons, source: { ...persons.source, register: "other" } };
const other = { ...persons, id: unsafeId<DescriptionDocument["id"]>("DEV/GOV/10000009/other/persons") };

type Fault = readonly [what: string, publication: Publication, code: GateCode, place: string];

// biome-ignore format: a table is read by its columns
const faults: readonly Fault[] = [
  ["no contacts", publication(without("contacts")), "description.missing", "/contacts"],
  ["no retention", publication(without("retention")), "description.missing", "/retention"],
  ["a homoglyph in the service code", publication({ ...persons, id: unsafeId("DEV/GOV/10000001/population/pers\u043ens") }), "description.code", "/id"],
  ["no law", publication({ ...persons, lawfulBases: [] }), "law.provision", "/lawfulBases"],
  ["consent, by a public authority", publication({ ...persons, lawfulBases: [{ basis: "consent", provision: "GDPR 6(1)(a)" }] }), "law.consent", "/lawfulBases/0"],
  ["a purpose that needs more", publication({ ...persons, purposes: [{ id: "x", title: text, elements: ["income.taxable"] }] }), "purpose.element", "/purposes/0/elements/0"],
  ["persons nowhere located", publication(at({ subjects: [], answerSubjects: [] })), "subject.not-located", "/endpoints/0/subjects"],
  ["documents about nobody knows whom", publication({ ...persons, contentKind: "opaque", endpoints: [{ method: "GET", path: "/x" }] }), "subject.untraceable", "/endpoints/0/subjects"],
  ["a person where no field is", publication(at({ answerSubjects: [{ pointer: "/personCode", scheme: person }] })), "subject.not-there", "/endpoints/0/answerSubjects/0/pointer"],
  ["an unknown identifier scheme", publication(at({ answerSubjects: [{ pointer: "/code", scheme: "urn:x" }] })), "subject.scheme", "/endpoints/0/answerSubjects/0/scheme"],
  ["a parameter without description", publication(at({ parameters: {} })), "endpoint.parameter", "/endpoints/0/parameters"],
  ["no successful answer", publication(at({ responses: { "404": answer } })), "endpoint.answer", "/endpoints/0/responses"],
  ["a field without element", publication(answering({ schema: object({ code: field("person.identifier"), given: { type: "string", maxLength: 9, description: "x" } }), examples: [{ code: "1", given: "x" }] })), "element.unmapped", "/endpoints/0/responses/200/schema"],
  ["an element that nobody knows", publication(answering({ schema: object({ code: field("person.identifier"), given: field("person.nickname") }), examples: [{ code: "1", given: "x" }] })), "element.unknown", "/endpoints/0/responses/200/schema"],
  ["a field of unknown use", publication(applications({ code: field("person.identifier") }, { code: "1" })), "element.use", "/endpoints/0/request/schema"],
  ["a missing example", publication(answering({ examples: [] })), "example.missing", "/endpoints/0/responses/200/examples"],
  ["an example that does not fit", publication(answering({ examples: [{ code: 1, given: "x" }] })), "example.invalid", "/endpoints/0/responses/200/examples/0/code"],
  ["asking people for what a register holds", publication(collects("collect"), { catalogue: [persons] }), "once-only.collects", "/endpoints/0/request/schema"],
  ["a second register", publication(register, { catalogue: [other] }), "once-only.second-source", "/source/elements/0"],
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

t.test("every code of the gate has a case", async (t) => {
  const tried = new Set<string>(faults.map(([, , code]) => code));
  const missing = Object.keys(gateCodes).filter((code) => !code.startsWith("schema.") && !tried.has(code));
  t.strictSame(missing, []);
});

/** What looks like a fault and is none. */
// biome-ignore format: a table is read by its columns
const innocent: readonly (readonly [what: string, publication: Publication])[] = [
  ["matching an address", publication(collects("match"), { catalogue: [persons] })],
  ["having an address verified", publication(collects("claim"), { catalogue: [persons] })],
  ["asking for what no register holds", publication(collects("collect"))],
  ["asking by an approved exception", publication(collects("collect"), { catalogue: [persons], exceptions: [{ service: "DEV/GOV/10000003/benefits/applications", element: "person.residence", legalReference: "Act §1" }] })],
  ["the same register, by another service", publication(persons, { catalogue: [other] })],
  ["another register for another territory", publication({ ...register, source: { ...register.source, territory: "DEV-37" } }, { catalogue: [other] })],
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

t.test("a purpose of a message may name what the receipt holds, and what the message tells", async (t) => {
  const message: DescriptionDocument = {
    ...applications({ code: key }, { code: "38001010000" }),
    pattern: "message",
    purposes: [{ id: "benefit", title: text, elements: ["person.identifier", "entitlement.kind"] }],
  };
  t.strictSame(checkPublication(publication(message)), []);
});
