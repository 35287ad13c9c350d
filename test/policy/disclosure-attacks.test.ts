import fc from "fast-check";
import t from "tap";
import type { Schema } from "../../src/catalogue/compatibility/json-schema.ts";
import { uncuttablePlace } from "../../src/catalogue/uncuttable-place.ts";
import type { Json } from "../../src/core/canonical-json.ts";
import { cutJson } from "../../src/core/cut-json.ts";
import { disclosureOf, removedFields } from "../../src/policy/disclosure.ts";
import { purposeOf } from "../../src/policy/purpose.ts";
import { agreementOf, published } from "./grant.ts";

/*
 * Ways in which a field that nobody may have could be disclosed all the same: by answers that are not what the schema
 * says, and by schemas that say it in a way of their own. What is needed is the address; `secret` must not be left.
 */

const secret = "1200 a month";
const text = (element?: string) => ({ type: "string", ...(element && { "x-sealway-element": element }) });
const city = text("person.residence.address.city");
const income = text("income.month");

function answering(responses: object) {
  const { description } = published({ endpoints: [{ method: "GET", path: "/a", responses }] });
  return { description, endpoint: description.endpoints[0]! };
}

/** What is delivered of a document; undefined when nothing is. */
function delivered(schema: Schema, document: Json | string, fields?: readonly string[]): string | undefined {
  const { description, endpoint } = answering({ "200": { schema } });
  const agreement = fields === undefined ? null : agreementOf({ fields });
  const purpose = fields === undefined ? purposeOf(description, "means-test")! : null;
  const grounds = { agreement, purpose, withdrawnFields: [] };
  const { kept } = disclosureOf(description, endpoint, "200", grounds);
  const source = typeof document === "string" ? document : JSON.stringify(document);
  if (kept === undefined || uncuttablePlace(JSON.parse(source), kept) !== undefined) return undefined;
  return cutJson(source, kept);
}

const object = (properties: object, more: object = {}) =>
  ({ type: "object", properties, ...more }) as unknown as Schema;
const person = object({ city, income });

const attacks: Record<string, [schema: Schema, document: Json | string, fields?: readonly string[]]> = {
  "a member that nobody described, beside what is all needed": [
    object({ city }),
    { city: "Harbour", secret },
  ],
  "a member that a pattern describes": [
    object({ city }, { patternProperties: { "^s": income } }),
    { city: "Harbour", secret },
  ],
  "a member of a map": [object({ city }, { additionalProperties: income }), { city: "Harbour", secret }],
  "a name in another case": [person, { city: "Harbour", Income: secret, INCOME: secret }],
  "a name in another Unicode form": [
    object({ city, ä: income }),
    { city: "Harbour", "a\u0308": secret, ä: secret },
  ],
  "an escaped name": [person, `{"city":"Harbour","inc\\u006fme":"${secret}"}`],
  "a name that every object inherits": [
    person,
    `{"city":"Harbour","__proto__":{"income":"${secret}"},"constructor":"${secret}","toString":"${secret}"}`,
  ],
  "an array of arrays": [person, [[[{ city: "Harbour", income: secret }]]]],
  "an object in the place of a text": [person, { city: { name: "Harbour", income: secret } }],
  "objects in the place of a text": [person, { city: ["Harbour", [{ income: secret }]] }],
  "an object in the place of a text of an array": [
    object({ cities: { type: "array", items: city } }),
    { cities: ["Harbour", { secret }] },
  ],
  "a text in the place of an object": [object({ address: person }), { address: secret }],
  "an object in the place of the objects of an array": [
    object({ all: { type: "array", items: person as Json } }),
    { all: { first: { income: secret }, income: secret, city: "Harbour" } },
  ],
  "a branch that maps the field to something else": [
    { anyOf: [object({ value: city }), object({ value: income })] } as Schema,
    { value: secret },
  ],
  "positions of an array that mean different things": [
    { type: "array", prefixItems: [city, income] } as Schema,
    ["Harbour", secret],
  ],
  "what an object may have and the elements of an array in its place may not": [
    { anyOf: [object({ value: city }), { type: "array", items: object({ value: income }) }] } as Schema,
    [{ value: secret }],
  ],
  "the same by pointers": [
    {
      anyOf: [object({ a: text(), b: text() }), { type: "array", items: object({ a: text(), b: text() }) }],
    } as Schema,
    [{ a: secret, b: secret }],
    ["/a"],
  ],
  "an alternative, a condition and a dependency": [
    {
      type: "object",
      oneOf: [object({ city }), object({ x: income })],
      if: object({ city: true }),
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: object({ y: income }),
      else: object({ z: income }),
      dependentSchemas: { city: object({ w: income }) },
    } as unknown as Schema,
    { city: "Harbour", x: secret, y: secret, z: secret, w: secret },
  ],
  recursion: [
    {
      $ref: "#/$defs/P",
      $defs: { P: object({ city, income, next: { $ref: "#/$defs/P" } }) },
    } as unknown as Schema,
    { city: "Harbour", next: { next: { income: secret, next: { income: secret } } } },
  ],
};
for (const [what, [schema, document, fields]] of Object.entries(attacks)) {
  t.test(`not disclosed: ${what}`, async (t) => {
    const left = delivered(schema, document, fields);
    t.notMatch(left ?? "", secret);
  });
}

t.test("members that are not described stay where the object itself is what is needed", async (t) => {
  const address = object({ city }, { "x-sealway-element": "person.residence.address" });
  const document = { address: { city: "Harbour", floor: 3 }, floor: 3 };
  t.equal(delivered(object({ address }), document), '{"address":{"city":"Harbour","floor":3}}');
  const granted = delivered(object({ address: object({ city }), name: text() }), document, ["/address"]);
  t.equal(granted, '{"address":{"city":"Harbour","floor":3}}');
});

t.test("what was not withdrawn stays, of whatever form", async (t) => {
  const { description, endpoint } = answering({ "200": { schema: object({ city, income }) } });
  const grounds = { agreement: null, purpose: null, withdrawnFields: ["/income"] };
  const { kept } = disclosureOf(description, endpoint, "200", grounds);
  t.equal(uncuttablePlace({ city: { a: 1 } }, kept!), undefined);
  t.equal(cutJson('{"city":{"a":1},"income":7}', kept!), '{"city":{"a":1}}');
});

t.test("what is named as removed does not tell the status", async (t) => {
  const { description, endpoint } = answering({
    ...{ "200": { schema: person }, "203": { schema: object({ city, more: income }) } },
    "404": { schema: object({ why: text() }) },
  });
  const purpose = purposeOf(description, "means-test")!;
  const removed = (withdrawnFields: string[]) =>
    removedFields(description, endpoint, { agreement: null, purpose, withdrawnFields });
  t.same(removed([]), ["/income", "/more"]);
  t.same(removed(["/why"]), ["/income", "/more", "/why"]);
  t.equal(removed([]), removed([]), "computed once");
});

const names = ["a", "b", "__proto__"];
const element = fc.constantFrom(
  undefined,
  "person.residence.address.city",
  "income.month",
  "person.residence",
);

interface Described {
  readonly element: string | undefined;
  readonly type: "object" | "array" | "string";
  readonly members: Readonly<Record<string, Described>>;
}

const { described } = fc.letrec<{ described: Described }>((tie) => ({
  described: fc.record({
    element,
    type: fc.constantFrom("object" as const, "object" as const, "array" as const, "string" as const),
    members: fc.oneof(
      { depthSize: "small" },
      fc.constant({}),
      fc.dictionary(fc.constantFrom(...names), tie("described"), { maxKeys: 3 }),
    ) as fc.Arbitrary<Described["members"]>,
  }),
}));
const { document } = fc.letrec<{ document: Json }>((tie) => ({
  document: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom(null, "x"),
    fc.array(tie("document"), { maxLength: 2 }),
    fc.dictionary(fc.constantFrom(...names, "c"), tie("document"), { maxKeys: 3 }),
  ) as fc.Arbitrary<Json>,
}));

function schemaOf({ element, type, members }: Described): Schema {
  const own = { type, ...(element && { "x-sealway-element": element }) };
  if (type === "string") return own;
  const properties = Object.fromEntries(
    Object.entries(members).map(([name, each]) => [name, schemaOf(each)]),
  );
  return (
    type === "object" ? { ...own, properties } : { ...own, items: { type: "object", properties } }
  ) as Schema;
}

/** Texts of a document by the element that their nearest described place is mapped to. */
function* elementsIn(
  value: Json,
  place: Described | undefined,
  above: string | undefined,
): Generator<string> {
  const element = place?.element ?? above;
  if (Array.isArray(value)) for (const each of value) yield* elementsIn(each, place, above);
  else if (typeof value === "object" && value !== null) {
    const members = place?.type === "string" ? {} : (place?.members ?? {});
    for (const [name, each] of Object.entries(value))
      yield* elementsIn(each, Object.hasOwn(members, name) ? members[name] : undefined, element);
  } else if (value !== null) yield element ?? "none";
}

t.test(
  "whatever is described, and whatever is answered, nothing else than what is needed is left",
  async (t) => {
    let left = 0;
    const property = fc.property(
      described,
      fc.array(document, { minLength: 5, maxLength: 10 }),
      (place, documents) => {
        for (const document of documents) {
          const text = delivered(schemaOf(place), JSON.stringify(document));
          if (text === undefined) continue;
          for (const found of elementsIn(JSON.parse(text) as Json, place, undefined)) {
            left++;
            if (!found.startsWith("person.residence.address")) throw new Error(`${found} in ${text}`);
          }
        }
      },
    );
    fc.assert(property, { numRuns: 300 });
    t.ok(left > 50, `${left} texts left`);
  },
);
