import fc from "fast-check";
import t from "tap";
import { canonicalJson, hasCanonicalOrder, type Json } from "../../src/core/canonical-json.ts";

const json = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Json>;
const wellFormed = json.filter(
  (value) => JSON.stringify(value).isWellFormed() && !/\\ud[89a-f]/.test(JSON.stringify(value)),
);

t.test("the example of RFC 8785, section 3.2.2", async (t) => {
  const value = {
    numbers: [333333333.3333333, 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
    string: "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\u002f",
    literals: [null, true, false],
  };
  t.equal(
    canonicalJson(value),
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  );
});

t.test("names are sorted by UTF-16 code units (RFC 8785, section 3.2.3)", async (t) => {
  const names = ["\u20ac", "\r", "\ufb33", "1", "\u{1f600}", "\u0080", "\u00f6", ""];
  const sorted = JSON.parse(canonicalJson(Object.fromEntries(names.map((name) => [name, 0]))));
  t.strictSame(new Set(Object.keys(sorted)), new Set(names));
  t.equal(
    canonicalJson(Object.fromEntries(names.map((name) => [name, 0]))),
    '{"":0,"\\r":0,"1":0,"\u0080":0,"ö":0,"€":0,"😀":0,"\ufb33":0}',
  );
  t.equal(canonicalJson({ 9: 0, 10: 1 }), '{"10":1,"9":0}');
});

t.test("the form says the same, is the same for all orders, and stays when made again", async (t) => {
  const property = fc.property(wellFormed, (value) => {
    const text = canonicalJson(value);
    const again = JSON.parse(text) as Json;
    return canonicalJson(again) === text && canonicalJson(reversed(value)) === text;
  });
  t.doesNotThrow(() => fc.assert(property));
});

t.test("an object in canonical order needs only JSON.stringify", async (t) => {
  const property = fc.property(
    wellFormed,
    (value) => !hasCanonicalOrder(value) || JSON.stringify(value) === canonicalJson(value),
  );
  t.doesNotThrow(() => fc.assert(property));
  t.equal(hasCanonicalOrder({ a: [{ x: 1, b: 2 }] }), false);
  t.equal(hasCanonicalOrder({ b: 1, a: 2 }), false);
  t.equal(hasCanonicalOrder({ a: { b: 1, c: [] }, b: 2 }), true);
});

const impossible: [string, unknown][] = [
  ["not a number", Number.NaN],
  ["infinity", Number.POSITIVE_INFINITY],
  ["a lone surrogate", "\ud800"],
  ["a lone surrogate in a name", { "\udc00": 1 }],
  ["undefined", [undefined]],
  ["a function", { a: () => 1 }],
  ["a bigint", 1n],
];
for (const [name, value] of impossible) {
  t.test(`no canonical form: ${name}`, async (t) => t.throws(() => canonicalJson(value as Json), TypeError));
}

function reversed(value: Json): Json {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, inner]) => [name, reversed(inner)]),
  );
}
