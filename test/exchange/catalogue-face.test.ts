import { writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { openReader } from "../../src/assembly/log-store.ts";
import { loadServerConfiguration } from "../../src/assembly/server-configuration.ts";
import type { ClientId, ServiceId } from "../../src/core/ids.ts";
import { parseStatement } from "../../src/message/signed-statement.ts";
import { type CheckedForm, checkedFormType } from "../../src/messagelog/collection-record.ts";
import { readPackage } from "../../src/messagelog/evidence/package-read.ts";
import type { ContextKind } from "../../src/messagelog/message-record.ts";
import { residence } from "../catalogue/residence.ts";
import { until } from "../until.ts";
import { theSealOf } from "./country/forgery.ts";
import { clients, services } from "./country/plan.ts";
import { publishMore } from "./country/publish-more.ts";
import { pathOf, SmallCountry } from "./country.ts";

/*
 * The catalogue at the interface for information systems, over real sockets.
 */

const at = (code: string) => `${clients.population}/${code}` as ServiceId;
const country = await SmallCountry.start(t);
await publishMore(country, {
  descriptions: [
    { ...residence, id: at("residence"), visibility: "entitled", entitled: ["DEV/GOV"] },
    { ...residence, id: at("secret"), visibility: "parties", source: undefined },
  ],
  agreements: [],
});

const json = ["Accept", "application/json"];
const get = (path: string, client: ClientId | null = clients.benefits, headers: readonly string[] = []) =>
  country.ask({ path, client, headers });
const post = (path: string, body: string, type = "application/json", client: ClientId = clients.benefits) =>
  country.ask({ method: "POST", path, client, body, headers: ["Content-Type", type] });

t.test("clients are listed to everybody, in X-Road's shapes", async (t) => {
  const answer = await get("/listClients?xRoadInstance=DEV", null, json);
  t.equal(answer.status, 200);
  t.equal(answer.header("Content-Type"), "application/json; charset=utf-8");
  const { member } = answer.json() as { member: object[] };
  t.same(member[0], {
    id: { object_type: "MEMBER", xroad_instance: "DEV", member_class: "GOV", member_code: "10000003" },
    name: "Member DEV/GOV/10000003",
  });
  t.same(member[7], {
    id: {
      ...{ object_type: "SUBSYSTEM", xroad_instance: "DEV", member_class: "GOV", member_code: "10000003" },
      subsystem_code: "käsi",
    },
    ...{ name: "Member DEV/GOV/10000003", subsystem_name: clients.umlaut },
  });
  const xml = await get("/listClients", null);
  t.equal(xml.header("Content-Type"), "text/xml; charset=utf-8");
  t.match(
    xml.body.toString("utf8"),
    '<xroad:member><xroad:id id:objectType="SUBSYSTEM"><id:xRoadInstance>DEV</id:xRoadInstance>' +
      "<id:memberClass>GOV</id:memberClass><id:memberCode>10000003</id:memberCode>" +
      "<id:subsystemCode>käsi</id:subsystemCode></xroad:id>",
  );
  const govStack = await get("/listClients?instanceId=DEV", null);
  t.match(govStack.json(), { member: [{ id: { objectType: "MEMBER", instanceId: "DEV" } }] });
  for (const [path, status] of [
    ["/listClients?xRoadInstance=XX", 404],
    ["/listClients?other=1", 400],
  ] as const)
    t.equal((await get(path, null)).status, status, path);
});

t.test("the configuration is told to X-Road's tools, to everybody as theirs is", async (t) => {
  const answer = await get("/verificationconf", null);
  t.equal(answer.status, 200);
  t.equal(answer.header("Content-Type"), "application/zip");
  const files = await readPackage(answer.body);
  t.equal(String(files.get("verificationconf/instance-identifier")), "DEV");
  const xml = String(files.get("verificationconf/DEV/shared-params.xml"));
  t.match(xml, "<subsystemCode>käsi</subsystemCode>");
  t.ok([...files.keys()].some((name) => /^configuration\/metadata\/\d+\.targets\.json$/.test(name)));
  t.notOk(
    [...files.keys()].some((name) => name.includes("/services/")),
    "descriptions are in the catalogue",
  );
  t.equal((await get("/verificationconf?at=2026-01-01", null)).status, 400);
  t.equal((await post("/verificationconf", "")).status, 405);
});

t.test("who names itself in GovStack's header gets GovStack's lists", async (t) => {
  const path = `/r1/${clients.population}/listMethods`;
  const answer = await get(path, null, ["X-GovStack-Client", clients.benefits]);
  t.match(answer.json(), { member: [{ objectType: "SERVICE", applicationCode: "population" }] });
  t.ok((await get(path)).json().service, "X-Road's otherwise");
});

t.test("the catalogue is for clients that prove who they are, to each what it may see", async (t) => {
  t.equal((await get("/catalogue", null)).status, 400);
  t.equal((await get("/catalogue", clients.badged)).status, 401);
  t.equal((await get("/catalogue", clients.rogue)).status, 403);
  t.equal((await get(`/catalogue/services/${at("residence")}`)).status, 200);
  const [hidden, absent] = [
    await get(`/catalogue/services/${at("secret")}`),
    await get(`/catalogue/services/${at("nothing")}`),
  ];
  t.equal(hidden.status, 404);
  t.same(hidden.json(), absent.json());
  const found = async (client: ClientId) =>
    ((await get("/catalogue/search?q=where", client)).json() as { total: number }).total;
  t.equal(await found(clients.benefits), 1);
  t.equal(await found(clients.onboarding), 0, "the bank is not entitled");
  const dcat = await get("/catalogue/dcat");
  t.equal(dcat.header("Content-Type"), "application/ld+json");
  t.equal(dcat.header("Cache-Control"), "no-store");
  t.equal((await post("/catalogue", "{}")).status, 405);
  t.equal((await get("/catalogue/form-check")).status, 405);
  t.equal((await get("/catalogue/nothing")).status, 404);
});

t.test(
  "a call to a service that the caller may not see ends as one to a service that is not there",
  async (t) => {
    const call = async (code: string, client: ClientId) => {
      const answer = await get(`/r1/${at(code)}/persons/46808039945`, client);
      const { detail: _, exchange: __, ...told } = answer.json() as Readonly<Record<string, unknown>>;
      return { status: answer.status, told, error: answer.header("X-Road-Error") };
    };
    // biome-ignore format: a table is read by its columns
    const table: readonly (readonly [service: string, client: ClientId, seen: boolean])[] = [
    ["residence", clients.benefits,   true],
    ["residence", clients.onboarding, false],
    ["secret",    clients.benefits,   false],
    ["secret",    clients.onboarding, false],
    ["persons",   clients.onboarding, true],
  ];
    for (const [service, client, seen] of table) {
      const [it, absent] = [await call(service, client), await call("nothing", client)];
      t.match(absent.told, { code: "unknown_service", hop: "consumer" });
      if (seen) t.match(it.told, { hop: "provider" }, `${client} sees ${service}: its provider decides`);
      else t.same(it, absent, `${client}: ${service} is as if it were not there`);
    }
  },
);

const form = JSON.stringify({
  type: "object",
  properties: { city: { type: "string", "x-sealway-element": "person.residence.address.city" } },
});

async function kept(kind: ContextKind) {
  const log = openReader(await loadServerConfiguration(country.asking.configurationFile));
  const documents = await log.documentsOf(kind);
  log.close();
  return documents;
}

t.test("a form is checked against what the client may see, and remembered once", async (t) => {
  const answer = await post("/catalogue/form-check?name=benefit", form);
  t.equal(answer.status, 200);
  t.match(answer.json(), {
    name: "benefit",
    held: [{ element: "person.residence.address.city", advice: "call", service: at("residence") }],
    agreements: [{ service: at("residence"), endpoints: [{ method: "GET", path: "/persons/{code}" }] }],
  });
  const other = await post(
    "/catalogue/form-check?name=account",
    form,
    "application/json",
    clients.onboarding,
  );
  t.match(
    other.json(),
    { held: { length: 0 }, agreements: { length: 0 } },
    "the bank sees no register that holds it",
  );
  await post("/catalogue/form-check?name=benefit", form);
  const forms = (await kept("checked-form")).map(({ bytes }) =>
    parseStatement<CheckedForm>(Buffer.from(bytes), checkedFormType),
  );
  t.match(
    forms.map(({ payload }) => payload),
    [
      {
        ...{ who: clients.benefits, name: "benefit", questions: 1, unknown: 0 },
        collected: [{ element: "person.residence.address.city", confidence: "exact" }],
      },
      { who: clients.onboarding, collected: [{ confidence: "not-held" }] },
    ],
  );
});

t.test("counts of cases are taken as CSV and JSON", async (t) => {
  const csv = "element,from,to,cases,collected\nperson.residence,2026-01-01,2026-03-31,1200,1100\n";
  t.match((await post("/catalogue/case-counts", csv, "text/csv")).json(), { counts: [{ collected: 1100 }] });
  const row = { element: "person.birth", from: "2026-01-01", to: "2026-01-01", cases: 1, collected: 0 };
  t.match((await post("/catalogue/case-counts", JSON.stringify([row]))).json(), { counts: [row] });
  t.equal((await kept("case-counts")).length, 2);
});

t.test("bad forms and tables are refused with their place", async (t) => {
  const table = "element,from,to,cases,collected\n";
  const bad: readonly (readonly [path: string, body: string, type: string, told: RegExp])[] = [
    ["form-check", "{", "application/json", /line 1/],
    ["form-check", "3", "application/json", /no form/],
    ["form-check", "a: &a [*a]", "application/yaml", /./],
    ["form-check", `text\n"open`, "text/csv", /line 2/],
    ["case-counts", "[]", "application/json", /0 counts/],
    ["case-counts", "{}", "application/json", /no list/],
    ["case-counts", `element,cases\n`, "text/csv", /columns/],
    ["case-counts", `${table}person,2026-02-01,2026-01-01,1,1`, "text/csv", /line 2: from and to/],
    ["case-counts", `${table}person,2026-01-01,2026-02-30x,1,1`, "text/csv", /line 2/],
    ["case-counts", `${table}person,2026-01-01,2026-02-01,1,2`, "text/csv", /larger/],
    ["case-counts", `${table}person,2026-01-01,2026-02-01,1`, "text/csv", /line 2/],
    ["case-counts", `${table}Per son,2026-01-01,2026-02-01,1,1`, "text/csv", /data element/],
  ];
  for (const [path, body, type, told] of bad) {
    const answer = await post(`/catalogue/${path}`, body, type);
    t.match(answer.json(), { code: "invalid_body", message: told }, body);
  }
  const large = await post("/catalogue/form-check", `"${"x".repeat(262_144)}"`);
  t.match(large.json(), { code: "body_too_large" });
  t.match((await post("/catalogue/form-check?nom=x", form)).json(), { code: "bad_request" });
  for (const name of ["%1b[2J", "%C2%9b", "%E2%80%AEgnp"])
    t.match((await post(`/catalogue/form-check?name=${name}`, form)).json(), { code: "bad_request" }, name);
});

t.test(
  "the instance's own vocabulary reaches the gateways with the configuration, without a restart",
  async (t) => {
    const plate = JSON.stringify({
      type: "object",
      properties: { plate: { type: "string", "x-sealway-element": "vehicle.plate" } },
    });
    const check = async () => (await post("/catalogue/form-check?name=plate", plate)).json() as object;
    t.match(
      await check(),
      { free: { length: 0 }, unknown: [{ place: "/plate" }] },
      "nobody knows the element",
    );
    const file = join(country.directory, "vocabulary.json");
    const words = { title: { en: "Number plate" }, description: { en: "Of a vehicle." } };
    writeFileSync(file, JSON.stringify({ v: 1, elements: [{ id: "vehicle.plate", ...words }], schemes: [] }));
    await country.authority.publish({ ...country.registry, catalogue: { vocabularies: [file] } });
    await until("the element is known", async () =>
      JSON.stringify(await check()).includes('"element":"vehicle.plate"'),
    );
    t.match(await check(), { unknown: { length: 0 }, free: [{ element: "vehicle.plate" }] });
  },
);

t.test("what the authority takes back is in use at every gateway within 60 seconds", async (t) => {
  const { asking, answering, authority, clock, registry } = country;
  const ask = async () => (await country.ask({ path: pathOf(services.open, "/a") })).status;
  t.equal(await ask(), 200);
  const der = theSealOf(country, "asking").certificate.der.toString("base64");
  const taken = [{ state: "withdrawn" as const, from: new Date(clock.now()).toISOString() }];
  const withdrawn = registry.seals.map((seal) =>
    "der" in seal.certificate && seal.certificate.der === der
      ? { ...seal, history: [...seal.history, ...taken] }
      : seal,
  );
  const suspended = registry.servers.filter(({ id }) => id !== answering.parts.id);
  const withoutSuspended = registry.seals.map((seal) => ({
    ...seal,
    servers: seal.servers.filter((id) => id !== answering.parts.id),
  }));
  for (const [what, changes, told] of [
    ["a revoked seal", { seals: withdrawn }, "signer_unavailable"],
    ["a suspended server", { servers: suspended, seals: withoutSuspended }, "unknown_member"],
  ] as const) {
    const began = performance.now();
    await authority.publish({ ...registry, ...changes });
    const { version } = authority.health();
    const uses = ({ gateway }: typeof asking) => gateway.health().configurationVersion === version;
    await until(`${what} is known everywhere`, () => uses(asking) && uses(answering));
    t.ok(performance.now() - began < 60_000, what);
    t.equal((await country.ask({ path: pathOf(services.open, "/a") })).json().code, told);
    await authority.publish(registry);
    await until("it is given back", async () => (await ask()) === 200);
  }
});
