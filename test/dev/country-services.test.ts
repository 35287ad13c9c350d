import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import t, { type Test } from "tap";
import type { DescriptionDocument } from "../../src/catalogue/description-document.ts";
import { descriptionFaults } from "../../src/catalogue/description-faults.ts";
import { checkPublication } from "../../src/catalogue/gate/check-publication.ts";
import { gateCodes } from "../../src/catalogue/gate/gate-codes.ts";
import { findEndpoint, parseServiceDescription } from "../../src/catalogue/service-description.ts";
import { loadVocabulary } from "../../src/catalogue/vocabulary.ts";
import type { Json } from "../../src/core/canonical-json.ts";
import { services, vocabularyFile } from "../../src/dev/country/services.ts";
import { castOf } from "../../src/dev/registers/cast.ts";
import { defaultSeed, findPerson, generateCountry } from "../../src/dev/registers/country.ts";
import { startRegister } from "../../src/dev/registers/start-register.ts";

const now = Date.parse("2026-11-22T12:00:00Z");
const country = generateCountry(defaultSeed);
const cast = castOf(country, now);
const vocabulary = loadVocabulary([readFileSync(vocabularyFile)]);
const documents = services.map(({ description }) => description);

t.test("the catalogue of the country", async (t) => {
  t.ok(documents.length >= 20, "has at least twenty services");
  for (const document of documents) {
    const { id } = document;
    t.strictSame(descriptionFaults(document), [], id);
    t.strictSame(refusals(document), [], id);
    t.ok(document.title.zh && document.description?.zh, `${id} has a second language`);
  }
});

t.test(
  "no example names a person of the registers: catalogues are public, and logs keep them for good",
  async (t) => {
    const codes = JSON.stringify(documents).match(/(?<=")\d{11}(?=")/g) ?? [];
    t.ok(codes.length > 20);
    t.strictSame(
      codes.filter((code) => findPerson(country, code) !== undefined),
      [],
    );
  },
);

t.test("each JSON service is held to its schemas; only what measures is watched", async (t) => {
  const read = documents.filter(({ contentKind }) => contentKind === "json");
  const watched = read.filter(({ validation }) => validation !== "enforce").map(({ id }) => id);
  t.strictSame(watched, ["DEV/GOV/10000001/population/echo-json"]);
});

const { parent, child, deceased, pensioner, notEntitled, published, boardWithheld, excluded } = cast;
const chair = country.companyByCode.get(published)!.board[0]!.person;
const nobody = "38001010015";
const search = { family: "Abaluwade" };
const news = { code: deceased, died: "2025-06-12" };

/** What the registers are asked, and what they must answer with. */
// biome-ignore format: a table is read by its columns
const calls: readonly (readonly [service: string, status: number, path: string, body?: Json])[] = [
  ...[parent, child, deceased, pensioner].flatMap((code) => [
    ["population/persons", 200, `/persons/${code}`] as const,
    ["population/persons", 200, `/persons/${code}/family`] as const,
    ["population/next-of-kin", 200, `/${code}`] as const,
    ["population/custody", 200, `/${code}`] as const,
    ["population/is-resident-of", 200, `/${code}?area=Bay`] as const,
    ["tax/income", 200, `/${code}`] as const,
    ["tax/income-below", 200, `/${code}?cents=100000`] as const,
    ["benefits/entitlements", 200, `/${code}`] as const,
    ["diplomas/degrees", 200, `/${code}`] as const,
    ["business/mandates", 200, `/${published}/mandates/${code}`] as const,
    ["population/powers", 200, `/${code}`] as const,
    ["population/powers", 200, `/${code}/${child}`] as const,
    ["business/powers", 200, `/${code}/${published}`] as const,
  ]),
  ["population/persons",         404, `/persons/${nobody}`],
  ["population/persons",         200, "/persons/search", search],
  ["population/persons",         400, "/persons/search", { family: 1 }],
  ["population/is-resident-of",  400, `/${parent}`],
  ["population/statistics",      200, "/residents"],
  ["population/statistics",      200, "/residents?bornIn=1980"],
  ["population/statistics",      400, "/residents?bornIn=long-ago"],
  ["population/feedback",        202, "/feedback", { exchange: "a", code: parent, element: "b", doubt: "c" }],
  ["population/feedback",        400, "/feedback", {}],
  ["population/echo-json",       200, "/echo", { echo: "hello" }],
  ["tax/income",                 400, `/${parent}?from=2`],
  ["tax/income-below",           400, `/${parent}`],
  ["tax/accounts",               200, `/${parent}`],
  ["tax/accounts",               404, `/${child}`],
  ["tax/deaths",                 202, "/deaths", { ...news, spouse: null }],
  ["benefits/is-entitled-today", 200, `/${parent}/today`],
  ["benefits/is-entitled-today", 200, `/${notEntitled}/today?benefit=housing-support`],
  ["benefits/is-entitled-today", 400, `/${parent}/today?benefit=gold`],
  ["benefits/account-changes",   202, "/account-changes", { code: parent, account: "DV1", since: "2026-12-01", request: "TR-1" }],
  ["benefits/deaths",            202, "/deaths", news],
  ["benefits/deaths",            400, "/deaths", {}],
  ["business/companies",         200, `/${published}`],
  ["business/companies",         200, `/${boardWithheld}`],
  ["business/companies",         451, `/${excluded}`],
  ["business/companies",         404, "/99999999"],
  ["business/mandates",          200, `/${published}/mandates/${chair}`],
  ["business/powers",            200, `/${chair}`],
  ["business/powers",            404, `/${nobody}`],
  ["population/powers",          404, `/${nobody}`],
  ["business/mandates",          451, `/${excluded}/mandates/${chair}`],
  ["diplomas/holds-degree",      200, `/${parent}/held?level=bachelor`],
  ["diplomas/holds-degree",      400, `/${parent}/held`],
  ["services/deaths",            202, "/deaths", { ...news, town: "Harbour City" }],
  ["kindergarten/applications",  202, "/applications", { child, parent, kindergarten: "Lighthouse", from: "2027-01-11" }],
];

t.test("what the registers answer fits what is described", async (t) => {
  const origins = await startRegisters(t);
  const ajv = addFormats.default(new Ajv2020({ strict: false }));
  const answered = new Set<string>();
  for (const [name, status, path, body] of calls) {
    const found = services.find(({ id }) => id.endsWith(`/${name}`))!;
    const description = parseServiceDescription(Buffer.from(JSON.stringify(found.description)), "");
    const method = body === undefined ? "GET" : "POST";
    const { endpoint } = findEndpoint(description, method, path.split("?")[0]!);
    const described = found.description.endpoints[description.endpoints.indexOf(endpoint)]!;
    const init = body === undefined ? {} : { method, body: JSON.stringify(body) };
    const answer = await fetch(`${origins.get(found.register)}${found.base}${path}`, init);
    t.equal(answer.status, status, `${name} ${path}`);
    const media = described.responses?.[status];
    if (media === undefined) throw new Error(`${name} does not describe ${status}`);
    const fits = ajv.validate(media.schema, await answer.json());
    t.ok(fits, `${name} ${path}: ${ajv.errorsText()}`);
    if (status < 300) answered.add(`${found.id} ${described.path}`);
  }
  const read = documents.filter(({ contentKind }) => contentKind === "json");
  const every = read.flatMap(({ id, endpoints }) => endpoints.map(({ path }) => `${id} ${path}`));
  t.strictSame(
    every.filter((name) => !answered.has(name)),
    [],
    "every endpoint was asked",
  );
});

function refusals(document: DescriptionDocument) {
  return checkPublication({
    document,
    published: undefined,
    catalogue: documents.filter(({ id }) => id !== document.id),
    vocabulary,
    publicClasses: new Set(["GOV", "MUN"]),
    exceptions: [],
    today: "2026-11-22",
  }).filter(({ code }) => gateCodes[code].severity === "refused");
}

async function startRegisters(t: Test): Promise<ReadonlyMap<string, string>> {
  const names = [...new Set(services.map(({ register }) => register))];
  const running = await Promise.all(
    names.map((name) => startRegister({ name, port: 0, country, clock: { now: () => now } })),
  );
  t.teardown(() => Promise.all(running.map((register) => register.close())));
  return new Map(names.map((name, i) => [name, running[i]!.url]));
}
