import { execFileSync, spawn, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { Script } from "node:vm";
import * as fc from "fast-check";
import t from "tap";
import { stringify } from "yaml";
import { sampleCall } from "../../src/console/catalogue/samples/sample-call.ts";
import { sampleCode } from "../../src/console/catalogue/samples/sample-code.ts";
import { SchemaBudget, schemaFields } from "../../src/console/catalogue/schema-rows.ts";
import { errorCodes } from "../../src/core/error-codes.ts";
import type { ServiceId } from "../../src/core/ids.ts";
import { AdminScene } from "../admin/admin-scene.ts";
import { residence } from "../catalogue/residence.ts";
import { terms } from "../exchange/builtin/agreement-scene.ts";
import { listOfficers } from "../exchange/country/officer.ts";
import { bank, benefitsAgency, clients, type PlannedService, services } from "../exchange/country/plan.ts";
import { newDirectory } from "../new-directory.ts";
import { answers } from "../policy/agreements/acts.ts";
import { textOf } from "../portal/browser.ts";
import { until } from "../until.ts";
import { ConsoleBrowser } from "./console-browser.ts";

/*
 * The catalogue and agreements over the management API, and on the console's pages.
 */

const planned = (id: string, described: object): PlannedService => ({
  id: `${clients.population}/${id}` as ServiceId,
  contentKind: "opaque",
  endpoints: [["GET", "/x"]],
  target: "register",
  described,
});
const hidden = planned("hidden", { visibility: "parties", title: { en: "Hidden from others" } });
const forBanks = planned("for-banks", { visibility: "entitled", entitled: ["DEV/COM"] });
/** A member's developer who would run a script in whoever reads the catalogue. */
const script = `"><img src=x onerror=alert(1)><script>alert(2)</script>'\u202e`;
const texts = { en: script, zh: script };
const hostile: PlannedService = {
  ...planned("hostile", {
    ...{
      title: texts,
      description: texts,
      domain: script,
      responsibleAuthority: script,
      classification: script,
    },
    contacts: {
      steward: { name: script, telephone: "+372 555" },
      incidents: { name: script, telephone: "+372 555" },
    },
    lawfulBases: [{ basis: "public-task", provision: script }],
    purposes: [
      { id: "evil", title: texts, elements: ["person.name"], byLaw: { provision: script, withinDays: 1 } },
    ],
    source: { register: `"><script>alert(3)</script>`, elements: ["income.taxable"], territory: script },
  }),
  firstEndpoint: {
    summary: texts,
    parameters: {
      "query:a": {
        description: texts,
        required: true,
        schema: { enum: [script] },
        element: "person.name",
        use: "key",
      },
    },
    request: {
      schema: {
        type: "object",
        properties: { [script]: { enum: [script], description: script, pattern: script } },
      },
      examples: [{ [script]: script }],
    },
    responses: { "200": { schema: { type: "string", description: script }, examples: [script] } },
  },
};
const scene = await AdminScene.start(t, { more: { services: [hidden, forBanks, hostile], agreements: [] } });
const developer = await scene.user("service-developer");
const approver = await scene.user("approver");
const nobody = await scene.user(null);
const bankAdministrator = await scene.user("administrator", bank);
const bankApprover = await scene.user("approver", bank, bankAdministrator);
const get = (path: string, key: string) => scene.call(path, { key });
const post = (path: string, key: string, body: unknown) => scene.call(path, { method: "POST", key, body });
const of = (service: string) => `service=${encodeURIComponent(service)}`;
/** Sooner than the terms end otherwise, and not yet over whenever this runs. */
const laterYear = `${new Date(scene.country.clock.now()).getUTCFullYear() + 2}-01-01T00:00:00Z`;
const residenceId = `${clients.benefits}/residence`;

t.test("whoever is signed in searches what the own members may see, and nothing else", async (t) => {
  const ids = async (key: string) =>
    (await get("/catalogue?limit=1000", key)).body.services.map(({ id }: { id: string }) => id);
  const seen = {
    all: await ids(developer.key),
    bank: await ids(bankApprover.key),
    none: await ids(nobody.key),
  };
  for (const list of Object.values(seen)) t.ok(list.includes(services.persons.id));
  for (const list of Object.values(seen)) t.notOk(list.includes(hidden.id));
  t.strictSame(
    [seen.bank, seen.none].map((list) => list.includes(forBanks.id)),
    [true, false],
  );
  t.equal((await get("/catalogue/search?q=hidden", developer.key)).body.total, 0);
  for (const page of ["service", "openapi", "types"]) {
    const answer = await get(`/catalogue/${page}?${of(hidden.id)}`, developer.key);
    const absent = await get(`/catalogue/${page}?${of(`${clients.population}/none`)}`, developer.key);
    t.strictSame([answer.status, answer.body], [404, absent.body], page);
  }
  const first = (await get("/catalogue?limit=2", developer.key)).body;
  const second = (await get(`/catalogue?limit=2&after=${encodeURIComponent(first.next)}`, developer.key))
    .body;
  t.notOk(second.services.some(({ id }: { id: string }) => first.services[0].id === id));
});

t.test("a service: its description, acts, health, types, and what a version changes", async (t) => {
  const description = { ...residence, id: residenceId };
  const published = await post("/services", developer.key, { description });
  t.match(published.body, { answer: { kind: "taken" } }, published.bytes.toString());
  const shown = async (more = "") =>
    (await get(`/catalogue/service?${of(residenceId)}${more}`, developer.key)).body;
  const isShown = (version: string) => async () => (await shown()).version === version;
  await until("the first is in the catalogue", isShown("1.0.0"));
  const parameters = { "path:code": { ...residence.endpoints[0].parameters["path:code"] } };
  const withOne = { ...residence.endpoints[0], parameters, summary: { en: "One person" } };
  const newer = { ...description, version: "1.1.0", endpoints: [withOne], supplier: "Maker" };
  const taken = await post("/services", developer.key, { description: newer });
  t.match(taken.body, { answer: { kind: "taken" } }, taken.bytes.toString());
  await until("the second is in the catalogue", isShown("1.1.0"));
  t.match(await shown(), { version: "1.1.0", history: { acts: [{ word: "publish" }, { word: "publish" }] } });
  t.match(await shown("&version=1.0.0"), { version: "1.0.0", description: { version: "1.0.0" } });
  const none = await get(`/catalogue/service?${of(residenceId)}&version=9.0.0`, developer.key);
  t.equal(none.status, 404);
  const changes = await get(`/catalogue/changes?${of(residenceId)}&from=1.0.0&to=1.1.0`, developer.key);
  t.match(changes.body, { breaking: false, changes: [{ place: "/supplier", effect: "compatible" }] });
  const types = await get(`/catalogue/types?${of(residenceId)}`, developer.key);
  t.match(types.bytes.toString(), /export interface Endpoints/);
  const openapi = await get(`/catalogue/openapi?${of(residenceId)}`, developer.key);
  t.match(openapi.body, { openapi: "3.1.1" });
});

t.test(
  "a dry run tells the decision and why, for an endpoint as described and the own members alone",
  async (t) => {
    const asked = {
      client: clients.benefits,
      service: services.persons.id,
      method: "GET",
      path: "/persons/{code}",
    };
    const decided = await post("/catalogue/decisions", developer.key, asked);
    t.match(decided.body, { verdict: String, trace: Array }, decided.bytes.toString());
    const decide = async (key: string, changes: object) => {
      const { status, body } = await post("/catalogue/decisions", key, { ...asked, ...changes });
      return [status, body.code];
    };
    t.strictSame(await decide(developer.key, { path: "/persons/47101010033" }), [400, "invalid_parameter"]);
    t.strictSame(await decide(developer.key, { client: clients.onboarding }), [404, "nothing_here"]);
    t.strictSame(await decide(bankApprover.key, {}), [404, "nothing_here"]);
    t.strictSame(await decide(developer.key, { service: hidden.id }), [404, "not_found"]);
    const own = (await get("/clients", bankApprover.key)).body;
    t.match(own, { clients: [{ id: clients.onboarding, authentication: "http" }], address: null });
  },
);

t.test("a form is held against the catalogue, and recorded as the member's", async (t) => {
  const form = JSON.stringify({ questions: [{ name: "city", element: "person.residence.address.city" }] });
  const body = { client: clients.benefits, name: "Housing", contentType: "application/json", form };
  const checked = await post("/catalogue/form-checks", developer.key, body);
  t.equal(checked.status, 200, checked.bytes.toString());
  t.match(checked.body, { name: "Housing", held: Array });
  const wrong = await post("/catalogue/form-checks", developer.key, { ...body, form: "{" });
  t.equal(wrong.body.code, "invalid_body");
});

t.test("an approver asks for an agreement, proposes other terms, and sees what it is used for", async (t) => {
  const asked = terms("bank-asks", services.own.id);
  const incomplete = await post("/agreement-requests", bankApprover.key, {
    terms: asked,
    answers: { task: "x" },
  });
  t.match(incomplete.body, { code: "questionnaire_incomplete", findings: Array });
  t.ok(incomplete.body.findings.some(({ question }: { question: string }) => question === "task"));
  const request = { terms: asked, answers: answers.answers };
  t.equal((await post("/agreement-requests", approver.key, request)).status, 404, "not in another's name");
  const made = await post("/agreement-requests", bankApprover.key, request);
  t.match(made.body, { agreement: "bank-asks", state: "requested" }, made.bytes.toString());
  const one = async (key: string) => (await get("/agreement?agreement=bank-asks", key)).body;
  t.match(await one(bankApprover.key), {
    sides: ["consumer"],
    acts: ["consumer"],
    shown: { state: "requested" },
  });
  t.match(await one(approver.key), { acts: ["provider"], shown: { proposal: { by: "consumer" } } });
  t.equal((await get("/agreement?agreement=bank-asks", nobody.key)).status, 404, "nobody else sees it");
  const act = { agreement: "bank-asks", act: "approve", reason: "Fits" };
  t.match((await post("/agreement-acts", approver.key, act)).body, { state: "approved" });
  const shorter = terms("bank-asks", services.own.id, {
    validity: { from: "2026-01-01T00:00:00Z", to: laterYear },
  });
  const change = { terms: shorter, reason: "A year is enough" };
  t.equal((await post("/agreement-changes", nobody.key, change)).status, 403);
  const changed = await post("/agreement-changes", bankApprover.key, change);
  t.match(changed.body, { agreement: "bank-asks" }, changed.bytes.toString());
  t.match(await one(approver.key), { shown: { proposal: { by: "consumer", revision: 2 } } });
  const used = (await get("/agreement-use", bankApprover.key)).body.agreements;
  t.strictSame(
    used.map(({ agreement }: { agreement: string }) => agreement),
    ["bank-asks"],
  );
  const wrong = await get(
    "/agreement-use?since=2027-01-01T00:00:00Z&until=2026-01-01T00:00:00Z",
    approver.key,
  );
  t.equal(wrong.body.code, "invalid_parameter");
  const byFile = (await get("/agreements", approver.key)).body.agreements.find(
    ({ source }: { source: string }) => source === "file",
  );
  const stated = await get(`/agreement?agreement=${byFile.id}`, approver.key);
  t.match(stated.body, { shown: null, sides: ["consumer"] });
  t.strictSame(stated.body.acts, []);
});

const browsers = {
  developer: await ConsoleBrowser.of(scene, developer.key),
  approver: await ConsoleBrowser.of(scene, approver.key),
  nobody: await ConsoleBrowser.of(scene, nobody.key),
};
const address = (path: string, query: Record<string, string>) => `${path}?${new URLSearchParams(query)}`;

t.test(
  "XSS: no field of the catalogue runs on a page, in any language, nor breaks out of sample code",
  async (t) => {
    const service = hostile.id;
    const browser = await ConsoleBrowser.of(scene, developer.key);
    for (const language of ["en", "zh-Hans"])
      for (const path of [
        "/catalogue/service",
        "/catalogue/samples",
        "/catalogue/try",
        "/catalogue/publish",
      ]) {
        const { status, text, headers } = await browser.load(address(path, { service, language }));
        t.equal(status, 200, `${path} ${language}`);
        t.notMatch(text, /<script|<img|\u202e/);
        t.match(String(headers["content-security-policy"]), /default-src 'none'; style-src 'self'/);
        t.ok(text.length < 150_000);
      }
    const found = await browser.load("/catalogue?q=alert");
    t.match(found.text, /onerror/);
    t.notMatch(found.text, /<script|<img/);
  },
);

t.test(
  "a schema whose few definitions refer ten times to the next does not keep the console busy",
  async (t) => {
    const fanOut = (part: (reference: object) => object) => {
      const names = Array.from({ length: 12 }, (_, i) => `d${i}`);
      const defs = names.map((name, i) => [name, part({ $ref: `#/$defs/d${i + 1}` })]);
      return { $ref: "#/$defs/d0", $defs: Object.fromEntries(defs) };
    };
    const tenTimes = (reference: object) => Array.from({ length: 10 }, () => reference);
    const fields = fanOut((next) => ({ properties: { ...tenTimes(next) } }));
    const parts = fanOut((next) => ({ allOf: tenTimes(next) }));
    const budget = new SchemaBudget();
    const shown = schemaFields(fields, budget);
    t.strictSame([shown.fields.length, shown.isCut], [200, true]);
    t.match(schemaFields(parts, budget), { fields: [], isCut: true });
  },
);

t.test("a developer searches, reads a service, its samples, and what a version changes", async (t) => {
  const { developer: browser } = browsers;
  const list = await browser.load("/catalogue");
  t.match(list.text, /persons/);
  t.match(list.text, /href="\/catalogue\/publish"/);
  const one = await browser.load(address("/catalogue/service", { service: residenceId }));
  t.match(one.text, /Population Register Act §4/);
  t.match(one.text, /address\.city/, "fields behind references");
  t.match(one.text, /Suspend version 1\.1\.0/);
  t.notMatch((await browsers.nobody.load(one.path)).text, /Suspend version/);
  t.match(
    (await browser.load(address("/catalogue/service", { service: residenceId, version: "1.0.0" }))).text,
    /1\.0\.0/,
  );
  const changes = { service: residenceId, from: "1.0.0", to: "1.1.0" };
  t.match(
    (await browser.load(address("/catalogue/changes", changes))).text,
    /No consumer of the older version breaks/,
  );
  const samples = await browser.load(address("/catalogue/samples", { service: residenceId }));
  t.match(samples.text, /curl --globoff/);
  t.equal(
    (await browser.load(address("/catalogue/samples", { service: residenceId, endpoint: "7" }))).status,
    404,
  );
  t.equal((await browser.load(address("/catalogue/service", { service: hidden.id }))).status, 404);
});

t.test(
  "a developer is shown findings beside the lines, publishes, suspends and tries a service",
  async (t) => {
    const { developer: browser } = browsers;
    const editor = await browser.load("/catalogue/publish");
    const check = (fields: Record<string, string>) => browser.submit(editor, "/catalogue/check", fields);
    const { purposes: _, ...lacking } = { ...residence, id: `${clients.benefits}/homes` };
    const refused = await check({ description: JSON.stringify(lacking, undefined, 2) });
    t.equal(refused.status, 422);
    t.match(refused.text, /Line 1<br>/);
    t.match(refused.text, /\/purposes/);
    t.match(refused.text, /&quot;version&quot;: &quot;1\.0\.0&quot;/, "what was sent is kept");
    const broken = await check({ description: '{\n "v": 1,\n nothing }' });
    t.equal(broken.status, 400);
    t.match(broken.text, /line 3, column 2/);
    t.equal((await check({ description: "" })).status, 400);
    const foreign = await check({ description: JSON.stringify({ ...residence, id: services.open.id }) });
    t.equal(foreign.status, 404, "not a service of another member");
    const good = { ...residence, id: `${clients.benefits}/homes` };
    const fits = await check({ description: JSON.stringify(good) });
    t.equal(fits.status, 200, fits.text);
    t.match(fits.text, /Nothing stands against publication/);
    const done = await browser.submit(fits, "/catalogue/publish");
    t.match(done.path, /^\/catalogue\/published\?/);
    const shown = () => browser.load(address("/catalogue/service", { service: good.id }));
    await until("it is in use", async () => (await shown()).status === 200);
    t.match((await browser.load(done.path)).text, /in use here/);
    const suspended = await browser.submit(await shown(), "/acts/suspend", { reason: "A fault" });
    t.match(suspended.text, /Ordered, and recorded/);
    const trying = await browser.load(address("/catalogue/try", { service: services.persons.id }));
    const fields = { client: clients.benefits, endpoint: "GET /persons/{code}", purpose: "", use: "" };
    const tried = await browser.submit(trying, "/catalogue/try", fields);
    t.match(tried.text, /Rules that were looked at/, tried.text);
    const form = {
      client: clients.benefits,
      name: "Housing",
      contentType: "text/csv",
      form: "name,text\ncity,City",
    };
    const checked = await browser.submit(await browser.load("/catalogue/forms"), "/catalogue/forms", form);
    t.match(checked.text, /questions are held by registers/, checked.text);
  },
);

/** Persian with joiners, an emoji of several, a soft hyphen, a line separator, a tag, a lone control. */
const joined = "می\u200cخواهم, 👩\u200d👧, co\u00adop, a\u2028b, \u{e0041}, \u0085";

/** A name as it is spelled in Persian. */
const invisible = "نام\u200cها";

t.test("what is published is what was checked: characters that pages do not show among it", async (t) => {
  const { developer: browser } = browsers;
  const editor = await browser.load("/catalogue/publish");
  const good = { ...residence, id: `${clients.benefits}/joined`, description: { en: joined, fa: joined } };
  const lines = JSON.stringify(good, undefined, 2).replaceAll("\n", "\r\n");
  const fits = await browser.submit(editor, "/catalogue/check", { description: lines });
  const inEditor = ({ text }: { text: string }) => textOf(/<textarea[^>]*>\n([^<]*)</.exec(text)![1]!);
  t.strictSame(JSON.parse(inEditor(fits)), good, "the editor has it, to be sent again");
  await browser.submit(fits, "/catalogue/publish");
  const shown = async () => (await get(`/catalogue/service?${of(good.id)}`, developer.key)).body;
  await until("it is in use", async () => (await shown()).version === "1.0.0");
  t.strictSame((await shown()).description, good);
  const renewed = await browser.load(address("/catalogue/publish", { service: good.id }));
  t.strictSame(JSON.parse(inEditor(renewed)), good, "a new version begins with it");
});

t.test("a developer publishes from YAML and from an OpenAPI document, told by their lines", async (t) => {
  const { developer: browser } = browsers;
  const editor = await browser.load("/catalogue/publish");
  const check = (fields: Record<string, string>) => browser.submit(editor, "/catalogue/check", fields);
  const id = `${clients.benefits}/by-yaml`;
  const { purposes: _, ...lacking } = { ...residence, id };
  const refused = await check({ description: `# Homes\n\n${stringify(lacking)}` });
  t.equal(refused.status, 422);
  t.match(refused.text, /Line 3<br><code>v: 1/, "what is missing, where it is missing");
  const example = { code: 5, address: { city: "Harbour" } };
  const [first] = residence.endpoints;
  const responses = { "200": { ...first.responses["200"], examples: [example] } };
  const yaml = stringify({ ...residence, id, endpoints: [{ ...first, responses }] });
  const line = yaml.split("\n").findIndex((text) => text.trim() === "- code: 5") + 1;
  const wrong = await check({ description: yaml });
  t.match(wrong.text, new RegExp(`Line ${line}<br><code>- code: 5`));
  const broken = await check({ description: "v: 1\nid: [\n" });
  t.equal(broken.status, 400);
  t.match(broken.text, /Line [23]<br>/);
  const openapi = readFileSync(new URL("../catalogue/openapi/residence.yaml", import.meta.url), "utf8");
  t.equal(
    (await check({ description: openapi.replace(/^x-sealway-service:.*\n/m, "") })).status,
    400,
    "whose?",
  );
  const imported = await check({ description: openapi, service: `${clients.benefits}/by-openapi` });
  t.match(imported.text, /Line 1<br><code>openapi: 3\.0\.3<[\s\S]*service\.timeout/, "what was left out");
  t.match(
    imported.text,
    /Line 13<br><code>get:<[\s\S]*subject\.not-located/,
    "findings stand beside its own lines",
  );
  const made = JSON.parse(textOf(/<textarea[^>]*>\n([^<]*)</.exec(imported.text)![1]!));
  t.match(
    made,
    { id: `${clients.benefits}/by-openapi`, version: "1.2.0" },
    "and one goes on with what was made",
  );
  const full = { ...residence, ...made, endpoints: residence.endpoints };
  const fits = await check({ description: stringify(full) });
  await browser.submit(fits, "/catalogue/publish");
  await until(
    "it is in use",
    async () => (await get(`/catalogue/service?${of(full.id)}`, developer.key)).status === 200,
  );
});

/** Whether an object has all members of another, as JSON has them. */
function isPart(whole: Readonly<Record<string, unknown>>, part: object): boolean {
  return Object.entries(part).every(([name, value]) => JSON.stringify(whole[name]) === JSON.stringify(value));
}

t.test("a developer withdraws fields of a version, announces its end, and ends it for good", async (t) => {
  const { developer: browser } = browsers;
  const id = `${clients.benefits}/joined`;
  const shown = () => browser.load(address("/catalogue/service", { service: id, version: "1.0.0" }));
  const stands = async () => {
    const { body } = await get(`/catalogue/service?${of(id)}`, developer.key);
    return body.history?.versions[0];
  };
  const act = async (word: string, fields: Record<string, string>, state: object) => {
    const done = await browser.submit(await shown(), `/acts/${word}`, { reason: "Test", ...fields });
    t.match(done.text, /Ordered, and recorded/, word);
    await until(word, async () => isPart(await stands(), state));
  };
  t.notMatch((await shown()).text, /acts\/archive/, "nobody was told of an end");
  const none = await browser.submit(await shown(), "/acts/narrow", { reason: "Test", fields: "address" });
  t.equal(none.status, 400, "no pointer");
  t.match(none.text, /<details open><summary>Withdraw fields/);
  await act(
    "narrow",
    { fields: "/address/street\n/birth" },
    { withdrawnFields: ["/address/street", "/birth"] },
  );
  const soon = await browser.submit(await shown(), "/acts/deprecate", {
    reason: "Test",
    sunset: "2026-01-01",
  });
  t.equal(soon.status, 422, "without notice");
  const end = new Date(scene.country.clock.now() + 400 * 86_400_000).toISOString().slice(0, 10);
  await act("deprecate", { sunset: end }, { state: "deprecated", sunset: Date.parse(end) });
  await act("suspend", {}, { state: "suspended" });
  await browser.submit(await shown(), "/acts/archive", { reason: "Test" });
  await until("it is archived", async () => (await shown()).status === 404);
});

t.test("a data protection officer tells everybody who got a person's data that it was wrong", async (t) => {
  const officer = await scene.user("data-protection-officer");
  const browser = await ConsoleBrowser.of(scene, officer.key);
  const service = await browser.load(address("/catalogue/service", { service: services.own.id }));
  t.match(service.text, /href="\/catalogue\/correction/);
  t.notMatch((await browsers.developer.load(service.path)).text, /href="\/catalogue\/correction/);
  const announcing = await browser.load(address("/catalogue/correction", { service: services.own.id }));
  const asked = {
    ...{ scheme: "urn:dev:personal-code", value: "38001010000", elements: "person.name\nperson.birth.date" },
    ...{ asOf: "2026-06-01", from: "2026-01-01", to: "2026-05-31", note: "Read anew", reason: "A mistake" },
  };
  const empty = await browser.submit(announcing, "/catalogue/correction", { ...asked, elements: " " });
  t.equal(empty.status, 400, empty.text);
  const told = await browser.submit(announcing, "/catalogue/correction", asked);
  t.match(told.text, /Nobody got this data in that time/, told.text);
});

t.test("a description is taken as a file of a megabyte, and nothing that is larger", async (t) => {
  const { developer: browser } = browsers;
  const page = await browser.load("/catalogue/publish");
  const token = /name="token" value="([^"]+)"/.exec(page.text)![1]!;
  const upload = async (size: number) => {
    const form = new FormData();
    form.set("token", token);
    form.set("description", "");
    form.set(
      "file",
      new Blob([JSON.stringify({ id: `${clients.benefits}/x`, filling: "é".repeat(size / 2) })]),
      "x.json",
    );
    const { headers, body } = new Request("https://x.example", { method: "POST", body: form });
    const bytes = Buffer.from(await new Response(body).arrayBuffer());
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const type = {
      "content-type": headers.get("content-type")!,
      cookie,
      accept: "text/html",
      origin: scene.url,
    };
    return scene.ask("/catalogue/check", { method: "POST", body: bytes, headers: type });
  };
  const taken = await upload(1024 * 1024 - 200);
  t.match(taken.bytes.toString(), /Code: bad_request/, "it was read, and is no description");
  t.equal((await upload(1.5 * 1024 * 1024)).status, 413);
  const mangled = { "content-type": "multipart/form-data; boundary=x", accept: "text/html" };
  const answer = await scene.ask("/catalogue/check", {
    method: "POST",
    body: Buffer.from("--y"),
    headers: mangled,
  });
  t.equal(answer.status, 400);
});

t.test(
  "an approver asks for an agreement by the questionnaire; the other side approves, suspends and ends it",
  async (t) => {
    const bankBrowser = await ConsoleBrowser.of(scene, bankApprover.key);
    const asking = await bankBrowser.load(address("/agreements/request", { service: services.own.id }));
    const conditions = [
      { kind: "declared", attribute: "licensed" },
      { kind: "verified", attribute: "audited" },
    ];
    const given = Object.entries(answers.answers).map(([id, answer]) => [`answer.${id}`, String(answer)]);
    const asked = {
      ...{
        id: "bank-by-page",
        client: clients.onboarding,
        endpoint: "0",
        from: "2026-01-01",
        to: "2031-01-01",
      },
      more: JSON.stringify({ quota: { perDay: 10, over: "block" }, conditions }),
    };
    const send = (fields: object) => bankBrowser.submit(asking, "/agreements/request", { ...fields });
    const odd = JSON.stringify({ fields: [`/${invisible}`] });
    const incomplete = await send({ ...asked, more: odd, "answer.task": "x" });
    t.equal(incomplete.status, 422, incomplete.text);
    t.match(incomplete.text, /What is missing or wrong/);
    t.match(incomplete.text, /it is not answered/);
    t.match(incomplete.text, /value="bank-by-page"/, "what was filled in is kept");
    const kept = ({ text }: { text: string }, name: string) =>
      JSON.parse(textOf(new RegExp(`name="${name}"[^>]*>\\n([^<]*)<`).exec(text)![1]!));
    t.strictSame(kept(incomplete, "more"), JSON.parse(odd), "with what pages do not show");
    const broken = await send({ ...asked, more: "{" });
    t.match(broken.text, /The terms are not JSON/);
    const much = { quota: { perDay: "much", over: "block" } };
    const fits = Object.fromEntries(given);
    const unfitting = await send({ ...asked, ...fits, more: JSON.stringify(much) });
    t.match(unfitting, { status: 422, text: /the terms are no agreement: agreement: \/quota\/perDay/ });
    t.match(unfitting.text, errorCodes.act_refused.remedy, "what to do, and nothing of HTTP");
    const made = await send({ ...asked, ...fits });
    t.equal(made.path, "/agreements/one?agreement=bank-by-page&done=ordered", made.text);
    t.match(made.text, /&quot;perDay&quot;: 10/);
    t.match(made.text, /2031-01-02/, "the last day is in it");
    t.notMatch(made.text, /acts\/approve/, "nobody approves what they asked for");
    const { approver: browser } = browsers;
    const one = () => browser.load(address("/agreements/one", { agreement: "bank-by-page" }));
    const approved = await browser.submit(await one(), "/approve/provider", { reason: "Fits" });
    t.match(approved.text, /Terms in force/, approved.text);
    t.notMatch(approved.text, /acts\/declare/, "a condition is declared by the consumer alone");
    const condition = { attribute: "audited", until: "2030-01-01", reason: "Seen" };
    const verified = await browser.submit(await one(), "/verify/provider", condition);
    t.match(
      verified.text,
      /audited<\/th><td>verified<\/td><td>yes <time datetime="2030-01-02/,
      verified.text,
    );
    const asConsumer = () => bankBrowser.load(address("/agreements/one", { agreement: "bank-by-page" }));
    const licence = { attribute: "licensed", reason: "Bank Act" };
    const declared = await bankBrowser.submit(await asConsumer(), "/declare/consumer", licence);
    t.match(declared.text, /licensed<\/th><td>declared<\/td><td>yes/, declared.text);
    const withdrawn = await bankBrowser.submit(declared, "/withdraw/consumer", licence);
    t.match(withdrawn.text, /licensed<\/th><td>declared<\/td><td>no/, withdrawn.text);
    const changing = await browser.load(address("/agreements/change", { agreement: "bank-by-page" }));
    const shorter = {
      ...terms("bank-by-page", services.own.id),
      validity: { from: "2026-01-01T00:00:00Z", to: laterYear },
    };
    const unfit = { as: "provider", terms: odd, reason: "A year" };
    const again = await browser.submit(changing, "/agreements/change", unfit);
    t.strictSame(kept(again, "terms"), JSON.parse(odd), "what is signed is what was filled in");
    const greedy = { ...unfit, terms: JSON.stringify({ ...shorter, ...much }) };
    const refused = await browser.submit(changing, "/agreements/change", greedy);
    t.match(refused, { status: 422, text: /the terms are no agreement: agreement: \/quota\/perDay/ });
    const change = { as: "provider", terms: JSON.stringify(shorter), reason: "A year" };
    t.match((await browser.submit(changing, "/agreements/change", change)).text, /Terms proposed/);
    t.match(
      (await browser.submit(await one(), "/suspend/provider", { reason: "A fault" })).text,
      /since .*: A fault/,
    );
    t.match(
      (await browser.submit(await one(), "/resume/provider", { reason: "Mended" })).text,
      /Ordered, and/,
    );
    const none = await browser.submit(await one(), "/end/provider", { reason: "" });
    t.equal(none.status, 400, "without a reason");
    const ended = await browser.submit(await one(), "/end/provider", { reason: "Not needed" });
    t.match(ended.text, /<dd>ended<\/dd>/);
    t.notMatch(ended.text, /\/agreements\/acts\//, "nothing is left to do");
    t.equal(
      (await browsers.nobody.load(address("/agreements/one", { agreement: "bank-by-page" }))).status,
      404,
    );
  },
);

t.test("agreements are listed, filtered, and counted", async (t) => {
  const { approver: browser } = browsers;
  t.match((await browser.load("/agreements")).text, /bank-by-page/);
  t.notMatch((await browser.load("/agreements?state=approved")).text, /bank-by-page/);
  t.match((await browser.load("/agreements?q=BY-page")).text, /1 agreements/);
  const fields = { since: "2026-01-01", show: "unused", count: "1" };
  const used = await browser.load(address("/agreements/use", fields));
  t.match(used.text, /not since|never since/, used.text);
  const today = new Date(scene.country.clock.now()).toISOString().slice(0, 10);
  const todays = await browser.load(address("/agreements/use", { ...fields, since: today, until: today }));
  t.equal(todays.status, 200, "a day alone is a period: the last one is in it");
  const led = await browser.load(address("/agreements/use", fields), { "sec-fetch-site": "cross-site" });
  t.equal(led.status, 403, "a stranger's link leaves no record");
  t.match((await browser.load("/agreements/request")).text, /Open it in the catalogue/);
  t.equal((await browsers.nobody.load("/agreements")).status, 200);
});

const endpoint = { method: "POST", path: "/persons/{code}", request: { schema: {}, examples: [{ a: "b" }] } };

/** What a shell would run, as arguments. */
function argumentsOf(program: string): readonly string[] {
  const show = 'curl() { printf "%s\\0" "$@"; }\n';
  return execFileSync("sh", ["-c", `${show}${program}`], { encoding: "utf8" })
    .split("\0")
    .slice(0, -1);
}

const hasPython = spawnSync("python3", ["--version"]).status === 0;

t.test("sample code is a program in each language, whatever a provider writes", async (t) => {
  const odd = fc.array(fc.constantFrom(..."\"'\\\\\n\r\t$`{}();#*/\u0000\u2028\ud800é的u0022 %"), {
    maxLength: 30,
  });
  const strings = fc.sample(
    odd.map((parts) => parts.join("")),
    { numRuns: 40, seed: 7 },
  );
  const calls = strings.map((text) =>
    sampleCall(
      {
        id: residenceId,
        description: { ...residence, purposes: [{ id: text, title: { en: text }, elements: [] }] } as never,
      },
      { ...endpoint, request: { schema: {}, examples: [{ [text]: text }] } } as never,
      { id: text, authentication: "token", address: "http://127.0.0.1:1" },
    ),
  );
  for (const call of calls) {
    t.doesNotThrow(() => new Script(`(async () => {${stripTypeScriptTypes(sampleCode.typescript(call))}})`));
    const given = argumentsOf(sampleCode.curl(call));
    t.equal(given.length, 15, "each value is one argument");
    t.equal(given.at(-1), call.url);
    t.strictSame(JSON.parse(given[13]!), JSON.parse(call.body!), "the body comes out as it is");
    t.notMatch(
      sampleCode.java(call).split("\n").slice(7, 15).join("\n"),
      /[^\\](?:\\\\)*\\u/,
      "no escape that Java reads first",
    );
  }
  if (!hasPython) return t.comment("left out: there is no python3 here");
  const directory = newDirectory();
  const files = calls.map((call, i) => {
    const file = join(directory, `sample${i}.py`);
    writeFileSync(file, sampleCode.python(call));
    return file;
  });
  const compiled = spawnSync("python3", ["-m", "py_compile", ...files], { encoding: "utf8" });
  t.equal(compiled.status, 0, compiled.stderr);
});

t.test("sample code calls the service: curl and TypeScript, through the own security server", async (t) => {
  const { country } = scene;
  country.register.answer({ status: 200, headers: ["Content-Type", "application/json"], body: '{"a":1}' });
  const address = `http://127.0.0.1:${country.asking.gateway.ports.http}`;
  const described = (await get(`/catalogue/service?${of(services.open.id)}`, developer.key)).body;
  const asking = { id: clients.benefits, authentication: "http", address };
  const call = sampleCall(described, described.description.endpoints[0], asking);
  const lines: unknown[] = [];
  const program = new Script(`(async () => {${stripTypeScriptTypes(sampleCode.typescript(call))}})()`);
  await program.runInNewContext({ fetch, console: { log: (...line: unknown[]) => lines.push(...line) } });
  t.match(lines, [200, /^[0-9a-f-]{36}$/, '{"a":1}']);
  const [url, ...rest] = argumentsOf(sampleCode.curl(call)).toReversed();
  if (spawnSync("curl", ["--version"]).status !== 0) return t.comment("left out: there is no curl here");
  const running = spawn("curl", [...rest.toReversed(), url!]);
  const parts: Buffer[] = [];
  for await (const part of running.stdout) parts.push(part);
  t.match(Buffer.concat(parts).toString(), /^HTTP\/1.1 200 [\s\S]*\{"a":1\}$/);
});

t.test(
  "two officers of the server let answers through that break their schema, each with a key of their own",
  async (t) => {
    const { country } = scene;
    const observed = { ...residence, id: `${clients.benefits}/observed`, validation: "enforce" };
    const published = await post("/services", developer.key, { description: observed });
    t.match(published.body, { answer: { kind: "taken" } }, published.bytes.toString());
    const version = async () =>
      (await get(`/catalogue/service?${of(observed.id)}`, developer.key)).body.history?.versions[0];
    await until("it is in use", async () => (await version()) !== undefined);
    const identities = ["One", "Two"].map((name) => country.ca.issueSeal(benefitsAgency, name));
    const listed = identities.map(({ certificate }) => ({
      files: null!,
      der: certificate.der.toString("base64"),
    }));
    await listOfficers(country, country.asking, listed);
    await scene.seat([developer, approver], identities);
    const [first, second] = await Promise.all(
      [developer, approver].map(({ key }) => ConsoleBrowser.of(scene, key)),
    );
    const page = await first!.load(address("/catalogue/service", { service: observed.id }));
    const link = textOf(/href="(\/catalogue\/observe[^"]+)"/.exec(page.text)![1]!);
    const asked = { hours: "12", reason: "A field was renamed", passphrase: "words 0" };
    const begin = async (fields: object) =>
      first!.submit(await first!.load(link), "/catalogue/observe", { ...asked, ...fields });
    t.match((await begin({ passphrase: "guessed" })).text, /does not open the officer/);
    const signed = await begin({});
    t.match(signed.text, /Signed once/, signed.text);
    const forSecond = textOf(/href="(\/catalogue\/observe\?record=[^"]+)"/.exec(signed.text)![1]!);
    const alone = await first!.submit(await first!.load(forSecond), "/confirmation", asked);
    t.equal(alone.status, 422, "nobody signs twice");
    const read = await second!.load(forSecond);
    t.match(read.text, /A field was renamed/);
    const agreed = { passphrase: "words 1", reason: "So do I" };
    const done = await second!.submit(read, "/confirmation", agreed);
    t.match(done.text, /Ordered, and recorded/, done.text);
    await until("it is observed", async () => (await version()).observedUntil !== null);
    t.equal(
      (await new ConsoleBrowser(scene).load(forSecond)).path.split("?")[0],
      "/enter",
      "a link is no right",
    );
  },
);
