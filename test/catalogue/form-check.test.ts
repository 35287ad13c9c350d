import fc from "fast-check";
import t from "tap";
import type { Schema } from "../../src/catalogue/compatibility/json-schema.ts";
import type { DescriptionDocument } from "../../src/catalogue/description-document.ts";
import { FormCheck } from "../../src/catalogue/form-check.ts";
import { parseQuestionTable, readQuestionList } from "../../src/catalogue/form-list.ts";
import { ElementFinder } from "../../src/catalogue/form-match.ts";
import { questionsOfDescription, questionsOfSchema } from "../../src/catalogue/form-questions.ts";
import { loadVocabulary } from "../../src/catalogue/vocabulary.ts";
import { monotonic } from "../../src/core/clock.ts";
import { type ClientId, unsafeId } from "../../src/core/ids.ts";
import { residence } from "./residence.ts";

const vocabulary = loadVocabulary();
const today = "2026-11-22";
const finder = new ElementFinder(vocabulary);
const check = new FormCheck([residence], vocabulary, today);

// biome-ignore format: a table is read by its columns
const asked: readonly (readonly [asked: string | { name: string; above?: string[]; text?: string }, element: string | undefined, confidence?: string])[] = [
  ["What is your date of birth?", "person.birth.date", "likely"],
  ["Date of birth of your child", "person.birth.date", "possible"],
  [{ name: "birthDate" }, "person.birth.date", "likely"],
  [{ name: "date_of_birth", above: ["applicant"] }, "person.birth.date", "likely"],
  [{ name: "dob" }, "person.birth.date", "likely"],
  ["Geburtsdatum", "person.birth.date", "likely"],
  ["Sünniaeg", "person.birth.date", "likely"],
  ["您的出生日期是什么？", "person.birth.date", "likely"],
  ["孩子的出生日期", "person.birth.date", "possible"],
  [{ name: "given", above: ["applicant", "name"] }, "person.name.given", "likely"],
  [{ name: "f1", text: "Surname" }, "person.name.family", "likely"],
  [{ name: "city", above: ["address"] }, "person.residence.address.city", "likely"],
  [{ name: "city", above: ["warehouse"] }, "person.residence.address.city", "possible"],
  [{ name: "name", above: ["company"] }, "company.name", "likely"],
  ["In which street do you live?", "person.residence.address.street", "possible"],
  ["IBAN", "account.number", "likely"],
  ["What is your annual income?", "income", "likely"],
  ["Which colour do you like best?", undefined],
  [{ name: "fileName" }, undefined],
  [{ name: "status" }, undefined],
  ["", undefined],
];
for (const [input, element, confidence] of asked) {
  t.test(`recognised or not: ${JSON.stringify(input)}`, async (t) => {
    const found = finder.find(typeof input === "string" ? { text: input } : input);
    t.strictSame([found?.element, found?.confidence], [element, confidence]);
  });
}

t.test("the title of every element of the vocabulary finds it, in every language", async (t) => {
  const ambiguous = new Set(["person"]);
  for (const { id, title } of vocabulary.elements) {
    for (const text of Object.values(title)) {
      if (!ambiguous.has(id))
        t.match(finder.find({ text }), { element: id, confidence: "likely" }, `${id}: ${text}`);
    }
  }
});

t.test("you ask people for X; service Y holds it; here is the agreement you need", async (t) => {
  const schema: Schema = {
    type: "object",
    properties: {
      code: { type: "string", title: "Personal code" },
      birthDate: { type: "string" },
      street: { type: "string", "x-sealway-element": "person.residence.address.street" },
      city: {
        type: "string",
        "x-sealway-element": "person.residence.address.city",
        "x-sealway-use": "claim",
      },
      income: { type: "number" },
      reason: { type: "string", title: "Why do you apply?" },
    },
  };
  const { held, agreements, free, unknown } = check.check(questionsOfSchema(schema));
  t.match(held, [
    { place: "/code", element: "person.identifier", confidence: "likely", advice: "key" },
    {
      place: "/birthDate",
      element: "person.birth.date",
      confidence: "likely",
      advice: "call",
      service: residence.id,
    },
    {
      place: "/street",
      element: "person.residence.address.street",
      confidence: "exact",
      register: "population",
    },
  ]);
  t.strictSame(agreements, [
    {
      service: residence.id,
      endpoints: [{ method: "GET", path: "/persons/{code}" }],
      elements: ["person.birth.date", "person.residence.address.street"],
      purposes: ["means-test"],
      provisions: ["Population Register Act §4"],
      entitled: ["DEV/GOV"],
    },
  ]);
  t.strictSame(free, [{ place: "/income", asked: "income", element: "income" }]);
  t.strictSame(unknown, [{ place: "/reason", asked: "Why do you apply?" }]);
});

t.test("a service that tells yes or no is offered beside the full one", async (t) => {
  const yesNo = {
    ...residence,
    id: unsafeId<DescriptionDocument["id"]>("DEV/GOV/10000001/population/is-resident"),
    predicateOf: residence.id,
  };
  const { source: _, ...predicate } = yesNo;
  const { held } = new FormCheck([residence, predicate], vocabulary, today).check([
    { place: "/0", text: "Address" },
  ]);
  t.match(held, [{ predicates: [predicate.id] }]);
});

t.test("of a register's services the one is named that gives the element", async (t) => {
  const [endpoint] = residence.endpoints;
  const poor = {
    ...residence,
    id: unsafeId<DescriptionDocument["id"]>("DEV/GOV/10000001/population/a"),
    endpoints: [{ ...endpoint, responses: {} }],
  };
  const { held } = new FormCheck([poor, residence], vocabulary, today).check([
    { place: "/0", text: "Street" },
  ]);
  t.match(held, [{ service: residence.id }]);
});

t.test(
  "of several services the one is named that the asker may ask, then the one that holds most of what is asked",
  async (t) => {
    const holder = (code: string, entitled: readonly string[], ...elements: readonly string[]) => ({
      ...residence,
      id: unsafeId<DescriptionDocument["id"]>(`DEV/GOV/10000001/population/${code}`),
      ...{ entitled, source: { ...residence.source, elements } },
    });
    const few = holder("few", ["DEV/GOV"], "person.birth.date");
    const closed = holder("closed", ["DEV/NGO"], "person.birth", "person.residence", "person.name");
    const most = holder("most", ["DEV/GOV", "DEV/COM"], "person.birth", "person.name");
    const named = (catalogue: readonly DescriptionDocument[], client?: string) => {
      const asker = client === undefined ? undefined : unsafeId<ClientId>(client);
      const questions = ["person.birth.date", "person.name.full"].map((element, i) => ({
        place: `/${i}`,
        element,
      }));
      const { held } = new FormCheck(catalogue, vocabulary, today, asker).check(questions);
      return held.map(({ service }) => service.slice(service.lastIndexOf("/") + 1));
    };
    for (const catalogue of [
      [few, closed, most],
      [most, closed, few],
    ]) {
      t.strictSame(named(catalogue, "DEV/GOV/9/a"), ["most", "most"]);
      t.strictSame(named(catalogue, "DEV/NGO/9/a"), ["closed", "closed"]);
    }
    t.strictSame(
      named([few, closed], "DEV/GOV/10000001/b"),
      ["closed", "closed"],
      "its own are open to a member",
    );
    t.strictSame(named([few, closed, most]), ["closed", "closed"], "nobody says who asks: as they came");
    t.strictSame(named([few], "DEV/NGO/9/a"), ["few"], "one that may not be asked is named all the same");
  },
);

t.test("questions of a service are those that people are asked", async (t) => {
  const [endpoint] = residence.endpoints;
  const schema = {
    type: "object",
    properties: {
      street: { type: "string", "x-sealway-use": "collect" },
      code: { type: "string", "x-sealway-use": "key" },
    },
  } as const;
  const document: DescriptionDocument = { ...residence, endpoints: [{ ...endpoint, request: { schema } }] };
  t.strictSame(
    questionsOfDescription(document).map(({ place }) => place),
    ["/endpoints/0/request/street"],
  );
});

t.test("lists of questions", async (t) => {
  t.strictSame(readQuestionList("f", ["Name?", { text: "Street?", name: "street" }]), [
    { place: "/0", text: "Name?" },
    { place: "/1", text: "Street?", name: "street", element: undefined },
  ]);
  t.throws(
    () => readQuestionList("f", ["Name?", 7, {}]),
    /\/1: it is no question[\s\S]*\/2: it is no question/,
  );
  t.throws(() => readQuestionList("f", new Array(10_001).fill("x")), /more than 10000/);
});

t.test("tables of questions, as spreadsheets save them", async (t) => {
  const plain = (text: string) =>
    parseQuestionTable("f", text).map(({ place, text, name }) => [place, text, name]);
  t.strictSame(plain("Name?,name\r\nStreet?\r\n"), [
    ["line 1", "Name?", "name"],
    ["line 2", "Street?", undefined],
  ]);
  t.strictSame(plain('\ufeffName;Text\nname;"Name, or ""alias""?"\n\nx;\n'), [
    ["line 2", 'Name, or "alias"?', "name"],
    ["line 4", undefined, "x"],
  ]);
  t.strictSame(plain('text\n"two\nlines"\nnext'), [
    ["line 2", "two\nlines", undefined],
    ["line 4", "next", undefined],
  ]);
  t.throws(() => plain('text\n"open'), /line 2: a quotation/);
  t.throws(() => plain('text\n"a"b'), /not alone in its cell/);
  t.throws(() => plain("x\n".repeat(10_002)), /too many/);
});

t.test("whatever cells hold, a quoted table gives them back", async () => {
  const cell = fc.string({ minLength: 1 }).filter((text) => text.trim() === text && text !== "");
  fc.assert(
    fc.property(fc.array(cell, { minLength: 1, maxLength: 20 }), (cells) => {
      const table = ["text", ...cells.map((each) => `"${each.replaceAll('"', '""')}"`)].join("\n");
      const read = parseQuestionTable("f", table).map(({ text }) => text);
      return JSON.stringify(read) === JSON.stringify(cells);
    }),
  );
});

t.test("a schema that recurses in many fields is read as far as it may be", async (t) => {
  const self = { $ref: "#" };
  const schema: Schema = {
    type: "object",
    properties: { a: self, b: self, c: self, d: self, birthDate: { type: "string" } },
  };
  t.ok(questionsOfSchema(schema).length <= 100_000);
});

t.test("200 fields against 1,000 services", async (t) => {
  const elements = [...vocabulary.elements].map(({ id }) => id);
  const services = Array.from(
    { length: 1000 },
    (_, i): DescriptionDocument => ({
      ...structuredClone(residence),
      id: unsafeId(`DEV/GOV/10000001/population/service-${i}`),
      source: { register: `r${i}`, elements: [elements[i % elements.length]!], territory: "DEV" },
    }),
  );
  const fields = Array.from({ length: 200 }, (_, i) => [
    `${elements[i % elements.length]!.split(".").at(-1)}${i}`,
    { type: "string", title: `What is your ${elements[i % elements.length]!.replaceAll(".", " ")}?` },
  ]);
  const schema = { type: "object", properties: Object.fromEntries(fields) } as Schema;
  const times = Array.from({ length: 5 }, () => {
    const began = monotonic();
    new FormCheck(services, vocabulary, today).check(questionsOfSchema(schema));
    return monotonic() - began;
  });
  const median = times.sort((a, b) => a - b)[2]!;
  t.comment(`median ${median.toFixed(0)} ms of ${times.map((time) => time.toFixed(0)).join(", ")}`);
  t.ok(median < 300 * 5, "well below five times the time to reach, on a busy machine");
});
