import { writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { openReader } from "../../src/assembly/log-store.ts";
import { loadServerConfiguration } from "../../src/assembly/server-configuration.ts";
import type { AgreementUse, UseReport } from "../../src/assembly/use-report/make-use-report.ts";
import type { ServiceId } from "../../src/core/ids.ts";
import { residence } from "../catalogue/residence.ts";
import { clients, descriptionOf, services } from "../exchange/country/plan.ts";
import { publishMore } from "../exchange/country/publish-more.ts";
import { pathOf, SmallCountry } from "../exchange/country.ts";
import { command } from "./service-command.ts";

/*
 * The catalogue and the report on use by command line, over a small country.
 */

const country = await SmallCountry.start(t);
const future = new Date(country.clock.now()).getUTCFullYear() + 1;
await publishMore(country, {
  descriptions: [
    {
      ...(descriptionOf(services.persons) as { id: ServiceId }),
      ...{ version: "1.3.0", title: { en: "Persons and where they live" } },
      freshness: { asOf: "header:Date", maxAgeSeconds: 3600 },
      source: { register: "population", elements: ["person.residence"], territory: "DEV" },
    },
    {
      ...residence,
      id: `${clients.population}/hidden` as ServiceId,
      visibility: "parties",
      source: undefined,
    },
  ],
  agreements: [
    {
      ...{ id: "later", consumer: clients.umlaut, service: services.persons.id },
      validity: { from: `${future}-01-01T00:00:00Z`, to: `${future + 1}-01-01T00:00:00Z` },
    },
  ],
});
country.register.answer({ headers: ["Content-Type", "application/json"], body: Buffer.from("{}") });

const config = ["--config", country.asking.configurationFile];
const reader = ["--who", "auditor", "--why", "yearly report"];
const own = [
  ...config,
  ...["--client", clients.benefits, "--gateway", `http://127.0.0.1:${country.asking.gateway.ports.http}`],
];

const until = ["--until", `${future + 1}-01-01`];

async function report(more: readonly string[] = until): Promise<UseReport> {
  const { out } = await command(t, "services", "use", ...config, ...reader, "--json", ...more);
  return JSON.parse(out) as UseReport;
}

function useOf({ agreements }: UseReport, id: string): AgreementUse {
  return agreements.find(({ agreement }) => agreement === id)!;
}

t.test("list, search and show services through the own gateway", async (t) => {
  const listed = await command(t, "services", "list", ...own);
  t.equal(listed.code, 0);
  t.match(listed.out, `${services.persons.id}  1.3.0  Persons and where they live\n`);
  t.notMatch(listed.out, "hidden");
  const dcat = await command(t, "services", "list", ...own, "--dcat");
  t.equal(JSON.parse(dcat.out)["@type"], "dcat:Catalog");
  const found = await command(t, "services", "search", ...own, "PERSONS", "liv");
  t.match(found.out, /persons {2}1\.3\.0.*\n1 found\n$/);
  const read = await command(t, "services", "show", ...own, services.persons.id);
  t.match(read.out, /^ +max age seconds: 3600$/m);
  t.notMatch(read.out, "additionalProperties");
  const shown = await command(t, "services", "show", ...own, "--json", services.persons.id);
  t.match(JSON.parse(shown.out), { version: "1.3.0", description: { freshness: { maxAgeSeconds: 3600 } } });
  const openApi = await command(t, "services", "show", ...own, "--openapi", services.persons.id);
  t.equal(JSON.parse(openApi.out).openapi, "3.1.1");
  const hidden = await command(t, "services", "show", ...own, `${clients.population}/hidden`);
  t.equal(hidden.code, 1);
  t.match(hidden.err, "404 not_found");
});

t.test("an empty log says nothing of any use", async (t) => {
  const told = await report();
  t.match(told, { logBegins: null, catalogueKnown: true });
  t.match(useOf(told, "benefits-persons"), {
    ...{
      exchanges: null,
      neverUsed: null,
      knownSince: null,
      repeated: null,
      stillCollected: null,
      role: "consumer",
    },
  });
  const { out } = await command(t, "services", "use", ...config, ...reader);
  t.match(out, "exchanges: not known");
});

t.test("uses, and look-ups that were repeated while the answer was fresh", async (t) => {
  for (const code of ["38001010000", "38001010001"]) {
    const answer = await country.ask({ path: pathOf(services.persons, `/persons/${code}`) });
    t.equal(answer.status, 200);
  }
  await country.ask({ path: pathOf(services.persons, "/by-query?code=38001010000") });
  await country.ask({ path: pathOf(services.persons, "/persons/38001010000") });
  await country.ask({ path: pathOf(services.open) });
  const told = await report();
  t.match(useOf(told, "benefits-persons"), {
    ...{ exchanges: 4, answered: 4, neverUsed: false, lastUse: Number },
    repeated: { maxAgeSeconds: 3600, count: 1, examples: [{ first: String, again: String }] },
  });
  t.match(useOf(told, "benefits-open"), { exchanges: 1, repeated: null }, "no freshness is stated");
  t.match(
    useOf(told, "benefits-small"),
    { exchanges: 0, neverUsed: null },
    "the log begins after the agreement",
  );
  t.match(useOf(told, "later"), { exchanges: 0, neverUsed: true });
  t.notMatch(JSON.stringify(told), "38001010", "nobody is named");
  const { out } = await command(t, "services", "use", ...config, ...reader, ...until);
  t.match(out, "  exchanges: never used");
  t.match(out, /exchanges: none since 2.*; before that it is not known/);
  t.match(out, "repeated while fresh: 1, within 3600 s");
  country.clock.ahead += 2 * 3_600_000;
  const again = await country.ask({ path: pathOf(services.persons, "/persons/38001010000") });
  t.equal(again.status, 200);
  const later = await report();
  t.match(
    useOf(later, "benefits-persons"),
    { exchanges: 5, answered: 5, repeated: { count: 1 } },
    "no longer fresh",
  );
  const earlier = await report(["--until", "2001-01-01"]);
  t.match(useOf(earlier, "benefits-persons"), { exchanges: null, neverUsed: null }, "before the log began");
});

t.test("the provider's side tells its uses, and nothing of what its consumers collect", async (t) => {
  const answering = ["--config", country.answering.configurationFile];
  const { out } = await command(t, "services", "use", ...answering, ...reader, "--json");
  const use = useOf(JSON.parse(out), "benefits-persons");
  t.match(use, { role: "provider", exchanges: 4, repeated: { count: 1 }, stillCollected: null });
});

t.test(
  "who may fetch it and goes on asking people is known from checked forms and counts of cases",
  async (t) => {
    t.equal(useOf(await report(), "benefits-persons").stillCollected, null, "nothing was told: not known");
    const field = (element: string) => ({ type: "string", "x-sealway-element": element });
    const form = (...elements: string[]) =>
      JSON.stringify({
        properties: Object.fromEntries(elements.map((element, i) => [`q${i}`, field(element)])),
      });
    const check = (body: string) =>
      country.ask({
        ...{ method: "POST", path: "/catalogue/form-check?name=application", body },
        headers: ["Content-Type", "application/json"],
      });
    await check(form("person.birth.date", "person.residence.address.city"));
    t.match(useOf(await report(), "benefits-persons").stillCollected, {
      forms: [
        {
          name: "application",
          elements: [{ element: "person.residence.address.city", confidence: "exact" }],
        },
      ],
      counts: { length: 0 },
    });
    await check(form("person.birth.date"));
    t.same(
      useOf(await report(), "benefits-persons").stillCollected,
      { forms: [], counts: [] },
      "the newest counts",
    );
    const file = join(country.directory, "counts.csv");
    writeFileSync(
      file,
      "element,from,to,cases,collected\nperson.residence,2020-01-01,2040-03-31,10,9\nperson.birth,2020-01-01,2040-01-01,10,9\n",
    );
    const handedIn = await command(t, "services", "case-counts", ...own, file);
    t.match(handedIn, { code: 0, out: "2 counts are kept\n" });
    t.match(useOf(await report(), "benefits-persons").stillCollected, {
      counts: [{ element: "person.residence", cases: 10, collected: 9 }],
    });
    t.equal(useOf(await report(), "own-inspection").stillCollected, null, "a service without elements");
    const { out } = await command(t, "services", "use", ...config, ...reader, ...until);
    t.match(
      out,
      "  still asked of people: yes\n    person.residence: in 9 of 10 cases from 2020-01-01 to 2040-03-31",
    );
  },
);

t.test("the report is a recorded read, and bad questions are none", async (t) => {
  for (const more of [
    ["--since", "yesterday"],
    ["--since", "2026-01-02", "--until", "2026-01-01"],
  ])
    t.equal((await command(t, "services", "use", ...config, ...reader, ...more)).code, 2, more.join(" "));
  t.equal((await command(t, "services", "use", ...config, "--who", "auditor")).code, 2, "without a reason");
  await country.asking.stop();
  const log = openReader(await loadServerConfiguration(country.asking.configurationFile));
  const reads = await log.documentsOf("access");
  log.close();
  const told = reads.map(({ bytes }) =>
    Buffer.from(Buffer.from(bytes).toString("latin1").split(".")[1]!, "base64url").toString(),
  );
  t.ok(told.some((text) => text.includes("use of agreements since") && text.includes("yearly report")));
  await country.asking.start();
});
