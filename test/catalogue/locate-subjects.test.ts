import fc from "fast-check";
import t from "tap";
import type { SubjectLocation } from "../../src/catalogue/description-document.ts";
import { type IdentifierRule, mentions, spell } from "../../src/catalogue/identifier-rule.ts";
import { locateAnswerSubjects } from "../../src/catalogue/locate-answer-subjects.ts";
import { locateSubjects, type RequestPlaces } from "../../src/catalogue/locate-subjects.ts";
import { loadVocabulary } from "../../src/catalogue/vocabulary.ts";

const vocabulary = loadVocabulary();
const nothing: RequestPlaces = { parameters: new Map(), query: "", header: () => undefined, body: undefined };

function locate(
  where: SubjectLocation["in"],
  name: string,
  places: Partial<RequestPlaces>,
  scheme = "urn:x",
) {
  const location: SubjectLocation = { in: where, name, role: "asked-about", scheme };
  return locateSubjects({ subjects: [location] }, { ...nothing, ...places }, vocabulary)[0]?.value;
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
  ["U+0000", "body", "/code", { body: { code: "1\0" } }],
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
  t.strictSame(locateSubjects({ subjects }, { ...nothing, query: "?parent=p&child=c" }, vocabulary), [
    { role: "asked-about", scheme: "urn:a", value: "C" },
    { role: "representative", scheme: "urn:b", value: "P" },
  ]);
});

const iban = "urn:sealway:scheme:iban";

t.test("an identifier is spelled by the rule of its scheme, wherever it stands", async (t) => {
  const spelled = "EE382200221020145685";
  for (const raw of ["ee38 2200 2210 2014 5685", "EE38-2200-2210-2014-5685", " ee382200221020145685\n"]) {
    t.equal(locate("body", "/iban", { body: { iban: raw } }, iban), spelled, raw);
    t.equal(locate("path", "code", path(encodeURIComponent(raw)), iban), spelled, raw);
    const answered = locateAnswerSubjects([{ pointer: "/iban", scheme: iban }], { iban: raw }, vocabulary);
    t.equal(answered[0]?.value, spelled);
  }
  t.equal(
    locate("query", "code", { query: "?code=A.b@Example.org" }, "urn:sealway:scheme:e-mail"),
    "a.b@example.org",
  );
});

t.test("what is none of its scheme is refused, and not repeated in the refusal", async (t) => {
  for (const raw of ["EE38", "3800101000O", "x".repeat(1024), "EE38 2200 2210 2014 5685 <script>"]) {
    const refused = { code: "subject_malformed", detail: `/iban of the body is no identifier of ${iban}` };
    t.throws(() => locate("body", "/iban", { body: { iban: raw } }, iban), refused);
  }
  t.throws(() => locate("body", "/iban", { body: { iban: "" } }, iban), { code: "subject_missing" });
});

t.test(
  "a text that spells an identifier is known, in whatever case and with whatever separators",
  async (t) => {
    for (const text of ["for-EE38 2200-2210", "ee38.2200.2210", "xEE3822002210x"])
      t.ok(mentions(text, "EE3822002210"), text);
    t.ok(mentions("for A@B.EE", "a@b.ee"));
    t.ok(mentions("what-a-dash", "-"));
    t.notOk(mentions("for-EE38", "EE3822002210"));
  },
);

const anyRule = fc.constantFrom<IdentifierRule>("trim-upper", "trim-lower", "compact-upper", "digits");

t.test("a normalised identifier stays as it is, in whatever case and composition it came", async (t) => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({ unit: "grapheme" }),
    fc.constantFrom("ǰ", "ΐ", "ß", "ı", "ﬁ"),
  );
  const property = fc.property(text, anyRule, (value, rule) => {
    const one = spell(rule, value);
    if (one === undefined) return true;
    const others = [one, ` ${value}\t`, ...(rule === "digits" ? [] : [value.normalize("NFD")])];
    return others.every((other) => spell(rule, other) === one);
  });
  t.doesNotThrow(() => fc.assert(property, { numRuns: 1000 }));
});
