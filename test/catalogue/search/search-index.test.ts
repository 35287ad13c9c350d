import fc from "fast-check";
import t from "tap";
import type { DescriptionDocument } from "../../../src/catalogue/description-document.ts";
import { SearchIndex } from "../../../src/catalogue/search-index.ts";
import { wordsOf } from "../../../src/catalogue/search-words.ts";
import { loadVocabulary } from "../../../src/catalogue/vocabulary.ts";
import { residence } from "../residence.ts";

type Changes = Partial<
  Pick<DescriptionDocument, "title" | "description" | "domain" | "visibility" | "endpoints">
>;

function service(code: string, changes: Changes = {}): DescriptionDocument {
  const bare = {
    ...residence,
    source: undefined,
    purposes: [],
    responsibleAuthority: "Office",
    domain: "other",
  };
  const plain = { title: { en: "Nothing" }, description: { en: "Nothing." }, endpoints: [] };
  return {
    ...bare,
    ...plain,
    ...changes,
    id: `DEV/GOV/1/registers/${code}`,
  } as unknown as DescriptionDocument;
}

function indexOf(services: readonly DescriptionDocument[]): SearchIndex {
  const index = new SearchIndex(loadVocabulary());
  for (const one of services) index.add(one);
  return index;
}

function codesFound(
  index: SearchIndex,
  text: string,
  isVisible = (_: DescriptionDocument) => true,
): string[] {
  const { hits } = index.search({ text, limit: 100, isVisible });
  return hits.map(({ document }) => document.id.slice(document.id.lastIndexOf("/") + 1));
}

t.test("words are compared without case and accents, in every script", async (t) => {
  t.same(wordsOf("ÕPPIMISVÕIMALUS, Straße"), ["oppimisvoimalus", "strasse"]);
  t.same(wordsOf("birthDate"), ["birthdate", "birth", "date"]);
  t.same(wordsOf("出生日期"), ["出生", "生日", "日期"]);
  t.same(wordsOf("名"), ["名"]);
  t.same(wordsOf("Łódź ‒ çà"), ["lodz", "ca"]);
});

t.test(
  "a service is found by names, titles, descriptions, fields and elements in all languages",
  async (t) => {
    const index = indexOf([
      service("wages", { title: { en: "Income", et: "Sissetulek töötajatele" } }),
      service("residence", { endpoints: residence.endpoints }),
    ]);
    t.same(codesFound(index, "WAGES"), ["wages"], "name");
    t.same(codesFound(index, "tootajatele"), ["wages"], "title in another language");
    t.same(codesFound(index, "sissetul"), ["wages"], "the beginning of a word");
    t.same(codesFound(index, "city"), ["residence"], "field");
    t.same(codesFound(index, "出生"), ["residence"], "title of an element");
    t.same(codesFound(index, "city income"), [], "all words must be there");
    t.same(codesFound(index, "zebra"), []);
  },
);

t.test("what says more of a service comes first", async (t) => {
  const index = indexOf([
    service("a", { description: { en: "Also of the income." } }),
    service("b", { title: { en: "Income" } }),
    service("income"),
    service("c", { title: { en: "Incomes" } }),
  ]);
  t.same(codesFound(index, "income"), ["income", "b", "c", "a"]);
});

t.test("pages stay in order when services come and go", async (t) => {
  const all = Array.from({ length: 25 }, (_, i) =>
    service(`s${String(i).padStart(2, "0")}`, { title: { en: "Same" } }),
  );
  const index = indexOf(all);
  const first = index.search({ text: "same", limit: 10, isVisible: () => true });
  t.equal(first.total, 25);
  const other = indexOf([...all.slice(5).reverse(), service("s09a", { title: { en: "Same" } })]);
  const second = other.search({ text: "same", limit: 10, cursor: first.cursor!, isVisible: () => true });
  t.equal(first.hits.at(-1)?.document.id, "DEV/GOV/1/registers/s09");
  t.equal(second.hits[0]?.document.id, "DEV/GOV/1/registers/s09a");
  t.equal(second.hits[1]?.document.id, "DEV/GOV/1/registers/s10");
  const last = other.search({ text: "same", limit: 10, cursor: second.cursor!, isVisible: () => true });
  t.equal(last.cursor, null);
});

t.test("pages of any length, put together, are the whole list, each service once", async () => {
  const words = ["income", "incomes", "tax", "person", "register"];
  const codes = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,6}$/), { minLength: 1, maxLength: 30 });
  const titles = fc.array(fc.constantFrom(...words), { minLength: 30, maxLength: 30 });
  fc.assert(
    fc.property(
      codes,
      titles,
      fc.integer({ min: 1, max: 7 }),
      fc.constantFrom("in", "tax", "income"),
      (ids, of, limit, text) => {
        const index = indexOf(ids.map((code, i) => service(code, { title: { en: of[i]! } })));
        const whole = codesFound(index, text);
        const paged: string[] = [];
        for (let cursor: string | undefined, more = true; more; ) {
          const page = index.search({ text, limit, cursor, isVisible: () => true });
          paged.push(...page.hits.map(({ document }) => document.id.slice(document.id.lastIndexOf("/") + 1)));
          cursor = page.cursor ?? undefined;
          more = cursor !== undefined;
        }
        return whole.join() === paged.join() && new Set(paged).size === paged.length;
      },
    ),
    { numRuns: 60 },
  );
});

t.test("what is hidden changes nothing that others see", async (t) => {
  const open = [service("a", { title: { en: "Income" } }), service("b", { description: { en: "Income" } })];
  const hidden = Array.from({ length: 9 }, (_, i) => service(`hidden${i}`, { title: { en: "Income tax" } }));
  const isVisible = ({ id }: DescriptionDocument) => !id.includes("hidden");
  for (const text of ["income", "tax", "inc"]) {
    const asked = { text, limit: 1, isVisible };
    t.same(indexOf([...hidden, ...open]).search(asked), indexOf(open).search(asked), text);
  }
});

t.test("a query without words, one that is too long and a cursor of nobody are refused", async (t) => {
  const index = indexOf([service("a")]);
  const ask = (text: string, cursor?: string) => () =>
    index.search({ text, limit: 1, cursor, isVisible: () => true });
  for (const text of ["", " .,- ", "x ".repeat(101), Array.from({ length: 17 }, (_, i) => `w${i}`).join(" ")])
    t.throws(ask(text), { code: "bad_request" }, JSON.stringify(text.slice(0, 20)));
  for (const cursor of ["", "AAAA", Buffer.from("1e9 x").toString("base64url")])
    t.throws(ask("a", cursor), { code: "bad_request" }, cursor);
});
