import t from "tap";
import type { DescriptionDocument } from "../../../src/catalogue/description-document.ts";
import { checkPublication } from "../../../src/catalogue/gate/check-publication.ts";
import { type GateCode, gateCodes } from "../../../src/catalogue/gate/gate-codes.ts";
import type { Publication } from "../../../src/catalogue/gate/publication.ts";
import { unsafeId } from "../../../src/core/ids.ts";
import {
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

type Case = DescriptionDocument | Publication;

const code = field("person.identifier");
const name = field("person.name.given");
const answer = { examples: [{ code: "1" }] };

/** The answer with a property more, which no example has. */
function having(property: object, $defs: object = {}): DescriptionDocument {
  const schema = {
    ...(object({ code, x: { description: "x", ...property } }) as object),
    required: ["code"],
    $defs,
  };
  return answering({ ...answer, schema });
}

const mapped = { "x-sealway-element": "person.name" };
const short = { type: "string", maxLength: 9, ...mapped };
const closed = (properties: object, more: object = {}) => ({
  ...(object(properties as never) as object),
  ...more,
});
const later = (document: DescriptionDocument, version = "1.1.0") =>
  publication({ ...document, version }, { published: persons });
const against = (document: DescriptionDocument, ...catalogue: DescriptionDocument[]) =>
  publication(document, { catalogue });
const twice = (next: string) => ({ ...mapped, allOf: [{ $ref: next }, { $ref: next }] });
const doubled = (levels: number) =>
  Object.fromEntries(
    Array.from({ length: levels }, (_, i) => [
      `s${i}`,
      i === levels - 1 ? short : twice(`#/$defs/s${i + 1}`),
    ]),
  );
const many = (length: number, make: (i: number) => unknown) => Array.from({ length }, (_, i) => make(i));
const full = { ...persons, id: unsafeId<DescriptionDocument["id"]>("DEV/GOV/10000001/population/full") };
const yesNo = {
  ...answering({
    schema: object({
      code,
      resident: { type: "boolean", description: "x", "x-sealway-element": "person.residence.isResidentOf" },
    }),
    examples: [{ code: "1", resident: true }],
  }),
  source: { ...persons.source, elements: ["person.residence.isResidentOf"] },
  purposes: [{ id: "x", title: text, elements: ["person.residence.isResidentOf"] }],
  predicateOf: full.id,
};
const consent = (more: object = {}) =>
  ({
    ...persons,
    lawfulBases: [{ basis: "consent", provision: "GDPR 6(1)(a)", ...more }],
  }) as DescriptionDocument;
const [basis] = persons.lawfulBases;
const purposeWith = (more: object): DescriptionDocument =>
  ({ ...persons, purposes: [{ ...persons.purposes[0], ...more }] }) as DescriptionDocument;
const opaque: DescriptionDocument = {
  ...persons,
  contentKind: "opaque",
  endpoints: [{ method: "GET", path: "/x" }],
};
const size = (characters: number) =>
  ({
    ...persons,
    exclusions: many(characters / 2000, () => ({ en: "x".repeat(1990) })),
  }) as DescriptionDocument;

/** For each code a publication that has the finding, and one that comes near and has not. */
// biome-ignore format: a table is read by its columns
const cases: Readonly<Record<GateCode, readonly [fault: Case, near: Case]>> = {
  "schema.invalid":            [having({ ...short, maxLength: -1 }), having({ ...short, maxLength: 0 })],
  "schema.too-large":          [having({ enum: many(2001, (i) => `v${i}`), ...mapped }), having({ enum: many(2000, (i) => `v${i}`), ...mapped })],
  "schema.unknown-keyword":    [having({ ...short, maxlength: 3 }), having({ ...short, $comment: "maxlength" })],
  "schema.remote-reference":   [having({ $ref: "https://example.org/s.json", ...mapped }), having({ $ref: "#/$defs/s", ...mapped }, { s: short })],
  "schema.broken-reference":   [having({ $ref: "#/$defs/none", ...mapped }), having({ $ref: "#/$defs/a~1b%20c", ...mapped }, { "a/b c": short })],
  "schema.circular-reference": [having({ $ref: "#/$defs/s", ...mapped }, { s: { anyOf: [{ $ref: "#/$defs/s" }] } }), having({ $ref: "#/$defs/s", ...mapped }, { s: closed({ next: { $ref: "#/$defs/s", description: "x" }, name }, { required: [] }) })],
  "schema.own-identifier":     [having({ ...short, $id: "urn:x" }), answering({ ...answer, schema: { ...(object({ code }) as object), $id: "urn:dev:x" } })],
  "schema.open-object":        [having({ type: "object", properties: { name } }), having({ type: "object", properties: { name }, unevaluatedProperties: false })],
  "schema.open-map":           [having({ type: "object", additionalProperties: name }), having({ type: "object", additionalProperties: name, propertyNames: { enum: ["a"] } })],
  "schema.unbounded-string":   [having({ type: "string", format: "email", ...mapped }), having({ type: "string", format: "date", ...mapped })],
  "schema.unbounded-array":    [having({ type: "array", items: name }), having({ type: "array", maxItems: 3, items: name })],
  "schema.untyped":            [having(mapped), having({ const: "x", ...mapped })],
  "schema.undescribed":        [having({ ...short, description: " " }), having({ $ref: "#/$defs/s", description: undefined }, { s: { ...short, description: "x" } })],
  "schema.contradiction":      [having({ ...short, minLength: 10 }), having({ ...short, minLength: 9 })],
  "schema.property-name":      [having(closed({ "n\u0430me": name })), having(closed({ name }))],
  "schema.fan-out":            [having({ $ref: "#/$defs/s0" }, doubled(12)), having({ $ref: "#/$defs/s0" }, doubled(5))],
  "schema.unknown-format":     [having({ ...short, format: "postcode" }), having({ ...short, format: "date" })],
  "schema.slow-pattern":       [having({ ...short, pattern: "^(?:\\w+\\s?)+$" }), having({ ...short, pattern: "^(?:\\w+\\s)+$" })],
  "schema.unjudged-pattern":   [having({ ...short, pattern: "(?<=a)b" }), having({ ...short, pattern: "(?=a)b" })],
  "description.missing":       [without("contacts"), { ...persons, procedure: undefined } as never],
  "description.too-large":     [size(2_100_000), size(1_000_000)],
  "description.code":          [{ ...persons, id: unsafeId("DEV/GOV/10000001/population/pers\u043ens") }, { ...persons, id: unsafeId("DEV/GOV/10000001/population/persons-2") }],
  "law.provision":             [{ ...persons, lawfulBases: [] }, persons],
  "law.consent":               [consent(), consent({ acceptedBy: "A. Officer" })],
  "purpose.element":           [{ ...persons, purposes: [{ id: "x", title: text, elements: ["income"] }] }, { ...persons, purposes: [{ id: "x", title: text, elements: ["person"] }] }],
  "purpose.basis":             [purposeWith({ lawfulBasis: { ...basis, provision: "§5" } }), purposeWith({ lawfulBasis: basis })],
  "purpose.expired":           [purposeWith({ validUntil: "2026-11-21" }), purposeWith({ validUntil: "2026-11-22" })],
  "purpose.reason":            [purposeWith({ reasons: { "person.birth": text } }), purposeWith({ reasons: { "person.identifier": text } })],
  "subject.not-located":       [at({ subjects: [], answerSubjects: [] }), at({ answerSubjects: [] })],
  "subject.not-there":         [at({ answerSubjects: [{ pointer: "/personCode", scheme: person }] }), at({ answerSubjects: [{ pointer: "/code", scheme: person }] })],
  "subject.scheme":            [at({ answerSubjects: [{ pointer: "/code", scheme: "urn:x" }] }), at({ answerSubjects: [{ pointer: "/code", scheme: person }] })],
  "subject.untraceable":       [opaque, { ...opaque, endpoints: [{ method: "GET", path: "/{code}", subjects: [{ in: "path", name: "code", role: "asked-about", scheme: person }] }] }],
  "endpoint.parameter":        [at({ parameters: {} }), at({ path: "/persons", parameters: {}, subjects: [] })],
  "endpoint.answer":           [at({ responses: { "404": endpoint.responses["200"] } }), at({ responses: { "201": endpoint.responses["200"] } })],
  "element.unmapped":          [having({ type: "string", maxLength: 9 }), having({ ...closed({ next: { $ref: "#/$defs/s", description: "x" } }, { required: [] }) }, { s: closed({ next: { $ref: "#/$defs/s", description: "x" } }, { required: [] }) })],
  "element.unknown":           [having({ ...short, "x-sealway-element": "person.nickname" }), having({ ...short, "x-sealway-element": "person.birth" })],
  "element.use":               [applications({ code }, { code: "1" }), applications({ code: key }, { code: "1" })],
  "element.ambiguous":         [having({ anyOf: [short, { ...short, "x-sealway-element": "person.birth" }] }), having({ ...mapped, anyOf: [short, { ...short, "x-sealway-element": "person.birth" }] })],
  "example.missing":           [answering({ examples: [] }), answering({ examples: [{ code: "1", given: "x" }] })],
  "example.invalid":           [answering({ examples: [{ code: 1, given: "x" }] }), answering({ examples: [{ code: "1", given: "" }] })],
  "once-only.collects":        [against(collects("collect"), persons), against(collects("match"), persons)],
  "once-only.second-source":   [against(register, other), against({ ...register, source: { ...register.source, territory: "DEV-37" } }, { ...other, source: { ...other.source, territory: "DEV-38" } })],
  "source.scope":              [{ ...persons, source: { ...persons.source, territory: "EST" } }, { ...persons, source: { ...persons.source, territory: "EE-37", from: "2024-02-29", to: "2024-02-29" } }],
  "source.element":            [{ ...persons, source: { ...persons.source, elements: ["person.birth"] } }, { ...persons, source: { ...persons.source, elements: ["person.name.given.first"] } }],
  "predicate.unknown":         [{ ...yesNo }, against(yesNo, full)],
  "predicate.discloses":       [against({ ...persons, predicateOf: full.id }, full), against(yesNo, full)],
  "version.not-greater":       [later(persons, "1.0.0"), later(persons, "1.0.1")],
  "version.breaking":          [later(at({ path: "/people/{code}" })), later({ ...persons, endpoints: [...persons.endpoints, { ...endpoint, path: "/people/{code}" }] } as DescriptionDocument)],
};

t.test("each code of the gate has a case that has the finding, and one that has not", async (t) => {
  t.strictSame(Object.keys(cases).sort(), Object.keys(gateCodes).sort());
});

function codesOf(input: Case): readonly GateCode[] {
  const found = checkPublication("document" in input ? input : publication(input));
  return found.map(({ code }) => code);
}

for (const [wanted, [fault, near]] of Object.entries(cases) as [GateCode, readonly [Case, Case]][]) {
  t.test(wanted, async (t) => {
    t.ok(codesOf(fault).includes(wanted), `found: ${codesOf(fault)}`);
    t.strictSame(codesOf(near), [], "what comes near has no finding at all");
  });
}

t.test("a purpose that ends on a day that there is not has ended", async (t) => {
  t.ok(codesOf(purposeWith({ validUntil: "2027-02-30" })).includes("purpose.expired"));
});
