import t from "tap";
import { Catalogue } from "../../../src/catalogue/catalogue.ts";
import type { DescriptionDocument } from "../../../src/catalogue/description-document.ts";
import { sha256Base64Url } from "../../../src/core/bytes.ts";
import { type ClientId, unsafeId } from "../../../src/core/ids.ts";
import { FormThread } from "../../../src/exchange/catalogue/form-thread.ts";
import { residence } from "../../catalogue/residence.ts";

const client = unsafeId<ClientId>("DEV/GOV/10000003/benefits");
const other = unsafeId<ClientId>("DEV/GOV/10000004/other");

function catalogueOf(...documents: readonly DescriptionDocument[]) {
  const published = documents.map((document) => {
    const bytes = Buffer.from(JSON.stringify(document));
    return { path: document.id, bytes, sha256: sha256Base64Url(bytes) };
  });
  return { catalogue: new Catalogue(published), visible: published.map(({ sha256 }) => sha256) };
}

const first = catalogueOf(residence);

function formOf(value: object, visible = first.visible) {
  const bytes = Buffer.from(JSON.stringify(value));
  const about = { name: "n", form: "f", visible, asker: client, vocabularies: [], today: "2026-11-22" };
  return { kind: "form", file: "form", bytes, ...about } as const;
}

const city = { properties: { a: { "x-sealway-element": "person.residence.address.city" } } };
const heldIn = ({ body }: { readonly body: Uint8Array }) =>
  JSON.parse(Buffer.from(body).toString("utf8")).held.map(({ service }: { service: string }) => service);

t.test(
  "a form of ten thousand questions holds nobody else up, and no client takes every place",
  async (t) => {
    const thread = new FormThread();
    await thread.ask(client, first.catalogue, formOf(city));
    const long = formOf(Array.from({ length: 10_000 }, (_, i) => `your umbrella ${i}`));
    const asked = Array.from({ length: 8 }, () => thread.ask(client, first.catalogue, long));
    await t.rejects(thread.ask(client, first.catalogue, long), { code: "overloaded" });
    const others = thread.ask(other, first.catalogue, formOf(city));
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 10);
    for (const { questions } of await Promise.all(asked)) t.equal(questions, 10_000);
    clearInterval(timer);
    t.ok(turns > 20, `the request thread had its turn ${turns} times meanwhile`);
    t.strictSame(heldIn(await others), [residence.id]);
  },
);

t.test("it sees what each may see, and what is published now", async (t) => {
  const thread = new FormThread();
  t.strictSame(heldIn(await thread.ask(client, first.catalogue, formOf(city))), [residence.id]);
  t.strictSame(heldIn(await thread.ask(client, first.catalogue, formOf(city, []))), []);
  const next = catalogueOf({ ...residence, version: "1.1.0", id: unsafeId(`${residence.id}-2`) });
  t.strictSame(heldIn(await thread.ask(client, next.catalogue, formOf(city, next.visible))), [
    `${residence.id}-2`,
  ]);
  t.strictSame(heldIn(await thread.ask(client, first.catalogue, formOf(city))), [residence.id], "and back");
});

t.test("bombs are refused, and the next form is read", async (t) => {
  const thread = new FormThread();
  // biome-ignore format: a table is read by its columns
  const bombs: readonly (readonly [what: string, file: string, text: string])[] = [
    ["a YAML bomb",              "form",     `a: &a [${"x,".repeat(9)}]\n${[..."bcdefgh"].map((l, i) => `${l}: &${l} [${`*${"abcdefg"[i]},`.repeat(9)}]`).join("\n")}`],
    ["deep nesting",             "form",     "[".repeat(100_000)],
    ["a quotation without end",  "form.csv", `text\n"${"a".repeat(200_000)}`],
    ["a document of one letter", "form",     "x"],
  ];
  const circle = await thread.ask(client, first.catalogue, formOf({ $ref: "#" }));
  t.match(circle, { questions: 0 }, "a schema in a circle asks for nothing");
  for (const [what, file, text] of bombs) {
    const question = { ...formOf({}), file, bytes: Buffer.from(text) };
    const began = performance.now();
    await t.rejects(thread.ask(client, first.catalogue, question), { code: "invalid_body" }, what);
    t.ok(performance.now() - began < 10_000, what);
    t.strictSame(heldIn(await thread.ask(client, first.catalogue, formOf(city))), [residence.id], what);
  }
});
