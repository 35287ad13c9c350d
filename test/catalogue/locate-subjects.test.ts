import fc from "fast-check";
import t from "tap";
import type { SubjectLocation } from "../../src/catalogue/description-document.ts";
import { locateSubjects, normalise, type RequestPlaces } from "../../src/catalogue/locate-subjects.ts";

const nothing: RequestPlaces = { parameters: new Map(), query: "", header: () => undefined, body: undefined };

function locate(where: SubjectLocation["in"], name: string, places: Partial<RequestPlaces>) {
  const location: SubjectLocation = { in: where, name, role: "asked-about", scheme: "urn:x" };
  return locateSubjects({ subjects: [location] }, { ...nothing, ...places })[0]?.value;
}

const path = (raw: string) => ({ parameters: new Map([["code", raw]]) });
const header = (raw: string) => ({ header: (name: string) => (name === "Person-Code" ? raw : undefined) });
const found: [string, SubjectLocation["in"], string, Partial<RequestPlaces>, string][] = [
  ["in the path", "path", "code", path("38001010000"), "38001010000"],
  ["in the path, escaped", "path", "code", path("%C3%A4a%20"), "ÄA"],
  ["in the query", "query", "code", { query: "?x=1&code=ee38001010000" }, "EE38001010000"],
  ["in the query, its name escaped", "query", "code", { query: "?%63ode=1" }, "1"],
  ["in a header", "header", "Person-Code", header("x1"), "X1"],
  ["in a header, in UTF-8", "header", "Person-Code", header(Buffer.from("ä1").toString("latin1")), "Ä1"],
  ["in the body", "body", "/person/code", { body: { person: { code: " 1a " } } }, "1A"],
  ["in the body, as a number", "body", "/code", { body: { code: 38001010000 } }, "38001010000"],
  ["in a list in the body", "body", "/persons/1/code", { body: { persons: [{}, { code: "1" }] } }, "1"],
  ["in the body, below an escaped name", "body", "/a~1b~01/x", { body: { "a/b~1": { x: "1" } } }, "1"],
];
for (const [what, where, name, places, value] of found) {
  t.test(`found ${what}`, async (t) => t.equal(locate(where, name, places), value));
}

const missing: [string, SubjectLocation["in"], string, Partial<RequestPlaces>][] = [
  ["nowhere in the path", "path", "code", {}],
  ["nowhere in the query", "query", "code", { query: "?codes=1" }],
  ["nowhere in a header", "header", "Person-Code", {}],
  ["nowhere in the body", "body", "/code", { body: {} }],
  ["no body", "body", "/code", {}],
  ["an empty value", "query", "code", { query: "?code=" }],
  ["white space only", "body", "/code", { body: { code: " \u00a0\t" } }],
  ["a value that is no text", "query", "code", { query: "?code=%ff" }],
  ["an object", "body", "/code", { body: { code: {} } }],
  ["null", "body", "/code", { body: { code: null } }],
  ["true", "body", "/code", { body: { code: true } }],
  ["a number that two numbers of the text may be", "body", "/code", { body: { code: 2 ** 60 } }],
  ["a fraction", "body", "/code", { body: { code: 1.5 } }],
  ["an inherited member", "body", "/constructor/name", { body: {} }],
  ["a value that is too long", "body", "/code", { body: { code: "1".repeat(1025) } }],
];
for (const [what, where, name, places] of missing) {
  t.test(`refused: ${what}`, async (t) => {
    t.throws(() => locate(where, name, places), { code: "subject_missing" });
  });
}

for (const query of [
  "?code=1&code=2",
  "?code=1&code=1",
  "?code=1&%63ode=2",
  "?code=1&CODE=2",
  "?Code=1&code=2",
]) {
  t.test(`refused: a parameter that occurs twice, ${query}`, async (t) => {
    t.throws(() => locate("query", "code", { query }), { code: "bad_request" });
  });
}

t.test("subjects come in the order of the description", async (t) => {
  const subjects: SubjectLocation[] = [
    { in: "query", name: "child", role: "asked-about", scheme: "urn:a" },
    { in: "query", name: "parent", role: "representative", scheme: "urn:b" },
  ];
  t.strictSame(locateSubjects({ subjects }, { ...nothing, query: "?parent=p&child=c" }), [
    { role: "asked-about", scheme: "urn:a", value: "C" },
    { role: "representative", scheme: "urn:b", value: "P" },
  ]);
});

t.test("a normalised identifier stays as it is, in whatever case and composition it came", async (t) => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({ unit: "grapheme" }),
    fc.constantFrom("ǰ", "ΐ", "ß", "ı", "ﬁ"),
  );
  const property = fc.property(text, (value) => {
    const one = normalise(value);
    return (
      normalise(one) === one && normalise(value.normalize("NFD")) === one && normalise(` ${value}\t`) === one
    );
  });
  t.doesNotThrow(() => fc.assert(property, { numRuns: 1000 }));
});
