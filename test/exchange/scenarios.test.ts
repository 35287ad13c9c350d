import t from "tap";
import { parseServiceId } from "../../src/core/ids.ts";
import { parseSearchTags } from "../../src/messagelog/search-tags.ts";
import { checkProblem, recorded } from "./country/expectation.ts";
import { clients, type PlannedService } from "./country/plan.ts";
import type { RawAnswer } from "./country/raw-http.ts";
import { pathOf } from "./country.ts";
import { bank, json, mari, PermissionScene } from "./permissions/permission-scene.ts";

/*
 * Scenarios that the demonstration plays between processes, between two gateways in this one: a yes or no by law and by
 * consent, a public register with exclusions and quotas, counts about nobody. Pushes on request are in
 * `permissions/message.test.ts`, restricted queries in `restriction/`.
 */

const text = (element: string) => ({ type: "string", maxLength: 100, "x-sealway-element": element });
const object = (properties: object) => ({ type: "object", additionalProperties: false, properties });
const title = { en: "Title" };
const { benefits, inspection } = clients;

function service(
  code: string,
  [path, subject]: readonly [path: string, subject?: { readonly in: "path"; readonly name: string }],
  described: object,
  schemas: object,
): PlannedService {
  const responses = Object.fromEntries(
    Object.entries(schemas).map(([status, schema]) => [status, { schema }]),
  );
  return {
    ...{ id: parseServiceId(`${clients.population}/${code}`), contentKind: "json", target: "register" },
    endpoints: [subject === undefined ? ["GET", path] : ["GET", path, subject]],
    described: { validation: "enforce", ...described },
    firstEndpoint: { responses },
  };
}

const held = { type: "boolean", "x-sealway-element": "degree.isHeld" };
const degree = service(
  "holds-degree",
  ["/{code}/held", { in: "path", name: "code" }],
  {
    purposes: [
      { id: "recruitment", title, elements: ["degree.isHeld"], decisionUses: ["caseworker"] },
      { id: "employment", title, elements: ["degree.isHeld"], permission: "consent" },
    ],
  },
  { 200: object({ held, source: text("degree.isHeld"), grade: text("degree.grade") }) },
);
const company = service(
  "companies",
  ["/{code}"],
  { quota: { perDay: 3 } },
  {
    200: object({ name: text("company.name"), board: text("company.board") }),
    451: object({ code: text("x") }),
  },
);
const region = object({
  region: text("statistics.region"),
  residents: { type: "integer", "x-sealway-element": "statistics.count" },
  withheld: { type: "boolean", "x-sealway-element": "statistics.count" },
});
const counts = service(
  "statistics",
  ["/residents"],
  { purposes: [{ id: "analytics", title, elements: ["statistics"], decisionUses: ["analytics"] }] },
  { 200: object({ regions: { type: "array", maxItems: 9, items: region } }) },
);

const agree = (id: string, consumer: typeof benefits, { id: of }: PlannedService, terms: object) => ({
  ...{ id, consumer, service: of, terms },
});
const scene = await PermissionScene.start(t, {
  services: [degree, company, counts],
  agreements: [
    agree("degree-by-law", benefits, degree, { purposes: [{ id: "recruitment" }] }),
    agree("degree-by-consent", bank, degree, { purposes: [{ id: "employment" }] }),
    agree("companies", inspection, company, { fields: ["/name"] }),
    agree("counts", benefits, counts, { purposes: [{ id: "analytics" }] }),
  ],
});
const { country } = scene;

function answer(body: object, status = 200): void {
  country.register.answer({ status, headers: json, body: JSON.stringify(body) });
}

const ask = (client: string, of: PlannedService, path: string) =>
  country.watch(() => country.ask({ client, path: pathOf(of, path) }));
const yes = { held: true, source: "Education Agency" };

t.test("scenario 9: an agency asks by law, and learns yes or no from the source, and no more", async (t) => {
  answer({ ...yes, grade: "A" });
  const { result, answering } = await ask(benefits, degree, `/${mari.value}/held`);
  t.strictSame(result.json(), yes);
  t.match(answering[0]?.document, { purpose: { id: "recruitment" }, permission: null });
  t.strictSame(answering[1]?.document.decision?.fieldsRemoved, ["/grade"]);
});

t.test("scenario 9: an employer needs the person's consent for the same", async (t) => {
  answer({ ...yes, grade: "A" });
  const held = () => country.ask({ client: bank, path: pathOf(degree, `/${mari.value}/held`) });
  const refused = {
    code: "permission_required",
    rule: "person",
    ...recorded.refusedThere,
    calls: 0,
  } as const;
  await checkProblem(t, country, held, refused);
  const given = await scene.given({ service: degree.id, purpose: "employment" });
  t.strictSame((await held()).json(), yes);
  await scene.withdraw(given);
  await checkProblem(t, country, held, refused);
});

t.test("scenario 10: a register with exclusions tells of its quota with every answer", async (t) => {
  const left = (told: RawAnswer) => [told.status, told.header("RateLimit-Remaining")];
  answer({ name: "Stone Ltd", board: "Mari" });
  const open = await ask(inspection, company, "/1");
  t.strictSame(left(open.result), [200, "2"]);
  t.strictSame(open.result.json(), { name: "Stone Ltd" });
  answer({ code: "not_published" }, 451);
  const excluded = await ask(inspection, company, "/2");
  t.strictSame(left(excluded.result), [451, "1"]);
  t.equal(excluded.answering[1]?.document.type, "response", "what may not be published is an answer");
  await ask(inspection, company, "/3");
  const spent = await ask(inspection, company, "/1");
  t.strictSame([...left(spent.result), spent.calls], [429, "0", 0]);
  t.ok(Number(spent.result.header("Retry-After")) > 0);
});

t.test(
  "scenario 12: counts are about nobody, for analytics alone, and too small ones are withheld",
  async (t) => {
    const body = {
      regions: [
        { region: "Bay", residents: 24 },
        { region: "Islands", withheld: true },
      ],
    };
    answer(body);
    const { result, asking, answering } = await ask(benefits, counts, "/residents");
    t.strictSame(result.json(), body);
    for (const { document, record } of [...asking, ...answering]) {
      t.match(document, { subjectCount: 0, decisionUse: "analytics" });
      t.strictSame(document.subjects, []);
      t.strictSame(parseSearchTags(record.tags), [], "nobody finds it in a list");
    }
    const automated = { client: benefits, path: pathOf(counts, "/residents") };
    const decision = ["Sealway-Decision-Use", "automated"];
    await checkProblem(t, country, () => country.ask({ ...automated, headers: decision }), {
      ...{ code: "decision_use_not_allowed", rule: "purpose.decision-use", ...recorded.refusedThere },
    });
  },
);
