import { Ajv2020 } from "ajv/dist/2020.js";
import { fullFormats } from "ajv-formats/dist/formats.js";
import t from "tap";
import schema from "../../schemas/control/v1/usage.schema.json" with { type: "json" };
import { parseStatement } from "../../src/message/signed-statement.ts";
import { accessType, type LogAccess } from "../../src/messagelog/access-record.ts";
import type { Power } from "../../src/policy/representation/power.ts";
import { openLogReader } from "../../src/store/sqlite/log-reader.ts";
import type { ListedUse, UsageList } from "../../src/tracker/usage-list.ts";
import { checkAnswer } from "../exchange/country/expectation.ts";
import { clients } from "../exchange/country/plan.ts";
import { type Ask, pathOf, SmallCountry } from "../exchange/country.ts";
import { asksSource, powersAt } from "../exchange/representation/representation-scene.ts";
import { accountScheme, personScheme, tracked, trackedPlans } from "./tracked-plans.ts";

/*
 * Persons read who used their data, at a provider that wrote no line for it: over real gateways, by a portal that the
 * provider's server names.
 */

const portal = clients.onboarding;
const powers = powersAt("powers");
const country = await SmallCountry.start(t, {
  more: {
    services: [...trackedPlans.services, powers],
    agreements: [...trackedPlans.agreements, asksSource(clients.population, "powers", powers)],
  },
  answering: {
    representation: {
      sources: [
        {
          ...{ service: powers.id, kinds: ["guardian", "heir"] },
          ...{ representative: personScheme, represented: personScheme },
        },
      ],
      askAgainAfterMinutes: 0,
    },
    portals: [
      { id: portal, scheme: personScheme },
      { id: clients.inspection, scheme: accountScheme },
    ],
  },
});

const [mari, jaan, kid, nobody] = ["38001010001", "38001010002", "51001010003", "38001010009"] as const;
const json = ["Content-Type", "application/json"] as const;

function find(code: string, purpose: string, client: string = clients.benefits) {
  const headers = [...json, "Sealway-Purpose", purpose];
  const path = pathOf(tracked.people, "/find");
  return country.ask({ method: "POST", path, client, headers, body: JSON.stringify({ code }) });
}

const usage = (path: string, signedIn: string, changes: Partial<Ask> = {}): Ask => ({
  path: `/r1/${clients.population}/sealway.usage${path}`,
  client: portal,
  headers: ["X-Road-UserId", signedIn],
  ...changes,
});

async function listOf(code: string, rest = ""): Promise<UsageList> {
  return listAt(usage(`/v1/usages?userCode=${encodeURIComponent(code)}${rest}`, code));
}

async function listAt(ask: Ask): Promise<UsageList> {
  const answer = await country.ask(ask);
  if (answer.status !== 200) throw new Error(answer.body.toString());
  return answer.json() as unknown as UsageList;
}

const validate = new Ajv2020({
  strict: true,
  allowUnionTypes: true,
  formats: { uuid: fullFormats.uuid },
}).compile(schema);

t.before(async () => {
  const record = { code: mari, name: "Mari", address: { city: "Harbour" }, children: [{ code: kid }] };
  country.register.answer(({ target }) => {
    const isPower = /\/[0-9]{11}\/[0-9]{11}$/.test(target);
    return { headers: json, body: JSON.stringify(isPower ? { powers: held } : record) };
  });
});

/** What the register of representatives says, whomever it is asked about. */
let held: readonly Power[] = [];
const power = (represented: string, changes: Partial<Power> = {}): Power => ({
  ...{ represented, kind: "guardian", acts: ["permit", "see"], from: "2020-01-01", ...changes },
});
const represented = (viewer: string, code: string, by: string, source: string = powers.id) =>
  usage(`/v1/usages/${viewer}?userCode=${code}&representative=${by}&source=${source}`, by);

t.test("a person who was asked about reads who, when, why, by which law, and which data", async (t) => {
  const answer = await find(mari, "benefit");
  t.equal(answer.status, 200, answer.body.toString());
  const list = await listOf(mari);
  t.ok(validate(list), JSON.stringify(validate.errors));
  t.equal(list.total, 1);
  const [use] = list.entries as ListedUse[];
  t.match(use, {
    kind: "use",
    exchange: answer.header("Sealway-Exchange-Id"),
    from: { member: "DEV/GOV/10000001", subsystem: clients.population },
    to: { member: "DEV/GOV/10000003", name: { en: "Member DEV/GOV/10000003" }, subsystem: clients.benefits },
    service: { id: tracked.people.id, title: { en: "Record of a person", zh: "个人记录" } },
    purpose: { id: "benefit", revision: 1, title: { en: "Deciding on a benefit" }, source: "stated" },
    lawfulBasis: { basis: "public-task", provision: "Benefits Act, section 4" },
    ...{ outcome: "allowed", code: null, roles: ["asked-about"], subjectCount: 1 },
    ...{ emergency: false, checked: false, byPermission: false },
  });
  t.ok(Math.abs(Date.parse(use!.time) - country.clock.now()) < 60_000);
  const titles = (fields: ListedUse["told"]) => fields?.map(({ title }) => title.en).sort();
  t.strictSame(titles(use!.told), ["Identifier of a person", "Name of a person", "Post town", "Street"]);
  t.strictSame(
    use!.removed.map(({ element }) => element),
    ["income.month", "degree.school"],
    "what was cut, too",
  );
  t.strictSame(list.provider.subsystem, clients.population);
});

t.test("as Estonia's data tracker answers", async (t) => {
  const answer = await country.ask(usage(`/v2/findUsage?userCode=${mari}&offset=0&limit=1000`, mari));
  const { totalUsages, usages } = answer.json() as unknown as {
    totalUsages: number;
    usages: { logtime: string }[];
  };
  t.equal(totalUsages, 1);
  t.match(usages[0]?.logtime, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  t.match(usages, [
    {
      action: "Record of a person: Deciding on a benefit",
      receiverCode: "10000003",
      receiverName: "Member DEV/GOV/10000003",
      receiverSystem: "benefits",
    },
  ]);
  const beyond = await country.ask(usage(`/v2/findUsage?userCode=${mari}&offset=1`, mari));
  t.strictSame(beyond.json(), { totalUsages: 1, usages: [] });
  const past = await country.ask(usage(`/v2/findUsage?userCode=${mari}&periodEnd=2020-01-01`, mari));
  t.strictSame(past.json(), { totalUsages: 0, usages: [] });
  const period = (await country.ask(usage("/v2/usagePeriod", mari))).json() as unknown as {
    periodStart: string;
  };
  t.ok(Date.parse(period.periodStart) <= Date.parse(usages[0]!.logtime) + 1000);
  t.strictSame((await country.ask(usage("/v2/heartbeat", mari))).json(), { status: "OK" });
});

t.test("a person who was found in an answer", async (t) => {
  const [use] = (await listOf(kid)).entries as ListedUse[];
  t.match(use, { roles: ["in-answer"], subjectCount: 1, outcome: "allowed" });
});

t.test("a person of whom a call was refused", async (t) => {
  const refused = await find(jaan, "benefit", clients.umlaut);
  t.not(refused.status, 200);
  const [use, ...more] = (await listOf(jaan)).entries as ListedUse[];
  t.match(use, {
    outcome: "refused",
    code: "agreement_mismatch",
    told: { length: 0 },
    removed: { length: 0 },
  });
  t.equal(more.length, 0);
  const { usages } = (await country.ask(usage(`/v2/findUsage?userCode=${jaan}`, jaan))).json() as unknown as {
    usages: { action: string }[];
  };
  t.match(usages[0]?.action, /^Refused: /);
});

t.test("a person in a bulk query is one of so many, and knows nothing of the others", async (t) => {
  const path = pathOf(tracked.pairs, `/pair?a=${jaan}&b=${nobody}`);
  t.equal((await country.ask({ path })).status, 200);
  const list = await listOf(jaan);
  t.match(list.entries[0], { roles: ["asked-about"], subjectCount: 2, told: null });
  t.notMatch(JSON.stringify(list), nobody);
});

t.test("a dry run about a person is shown as one, with the service that was tried", async (t) => {
  const about = "38001010005";
  const tryOut = async (service: { readonly id: string }, question: object) => {
    const body = JSON.stringify({ service: service.id, ...question });
    return country.ask({ method: "POST", path: "/decisions", headers: json, body });
  };
  const owner = { method: "GET", path: "/owner", query: "account=EE382200221020145699" };
  const tried = await tryOut(tracked.accounts, owner);
  t.equal(tried.status, 200, tried.body.toString());
  const as = { client: clients.inspection };
  const [use] = (await listAt(usage("/v1/usages?userCode=EE382200221020145699", "EE382200221020145699", as)))
    .entries as ListedUse[];
  t.match(use, {
    checked: true,
    told: { length: 0 },
    removed: { length: 0 },
    service: { id: tracked.accounts.id },
    subjectCount: 1,
  });
  const covert = {
    method: "POST",
    path: "/find",
    purpose: "benefit",
    subject: { scheme: personScheme, value: about },
  };
  t.equal((await tryOut(tracked.people, covert)).status, 200);
  t.equal((await listOf(about)).total, 0, "of a service that hides uses for one of its purposes");
});

t.test("another spelling of the same identifier is the same person", async (t) => {
  const path = (account: string) => pathOf(tracked.accounts, `/owner?account=${encodeURIComponent(account)}`);
  t.equal((await country.ask({ path: path("EE38 2200 2210 2014 5685") })).status, 200);
  const as = { client: clients.inspection };
  const asked = "ee38-2200-2210-2014-5685";
  const list = await listAt(usage(`/v1/usages?userCode=${asked}`, "EE382200221020145685", as));
  t.equal(list.total, 1);
  const other = await listAt(usage(`/v1/usages?userCode=${asked}6`, `${asked}6`, as));
  t.equal(other.total, 0);
});

t.test("each purpose's rule, for the person and for who acts for the person", async (t) => {
  for (const purpose of ["unit", "counted", "counted", "audit", "shelter"]) {
    const answer = await find(nobody, purpose);
    t.equal(answer.status, 200, answer.body.toString());
  }
  const own = await listOf(nobody);
  t.ok(validate(own), JSON.stringify(validate.errors));
  const kinds = (list: UsageList) =>
    list.entries.map((entry) => (entry.kind === "use" ? (entry.purpose?.id ?? null) : entry.count));
  t.strictSame(kinds(own), ["shelter", "unit", null, 2], "nothing of the audit");
  const unit = own.entries[1] as ListedUse;
  t.match(unit.to, { member: "DEV/GOV/10000003", subsystem: null, subsystemName: null });
  const { usages } = (
    await country.ask(usage(`/v2/findUsage?userCode=${nobody}`, nobody))
  ).json() as unknown as {
    usages: { action: string; receiverSystem: string }[];
  };
  t.strictSame(
    usages.map(({ receiverSystem }) => receiverSystem),
    ["benefits", "", "benefits", ""],
  );
  t.equal(usages.at(-1)?.action, "2 uses in this month");
  held = [power(nobody), power(nobody, { kind: "heir", acts: ["see"] })];
  for (const viewer of ["guardian", "heir"]) {
    const list = await listAt(represented(viewer, nobody, jaan));
    // Asking who may act for the person is a use, too, of everybody who is named in it.
    const others = list.entries.filter((entry) => entry.kind === "group" || entry.service.id !== powers.id);
    t.strictSame([list.viewer, kinds({ ...list, entries: others })], [viewer, ["unit", null, 2]]);
  }
});

t.test("who acts for a person sees the list by the register's word alone", async (t) => {
  const refused = { code: "representation_refused", hop: "provider" } as const;
  const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
  const bad: readonly (readonly [what: string, viewer: string, powers: readonly Power[]])[] = [
    ["no power", "guardian", []],
    ["no power, as an heir", "heir", []],
    ["over somebody else", "guardian", [power(kid)]],
    ["an heir's, for a living one", "guardian", [power(mari, { kind: "heir" })]],
    ["a guardian's, for a dead one", "heir", [power(mari)]],
    [
      "of a kind on which the register's word does not count",
      "guardian",
      [power(mari, { kind: "employee" })],
    ],
    ["to permit alone", "guardian", [power(mari, { acts: ["permit"] })]],
    ["over some data alone", "guardian", [power(mari, { elements: ["person"] })]],
    ["that has ended", "guardian", [power(mari, { until: yesterday })]],
  ];
  for (const [what, viewer, powers] of bad) {
    t.comment(what);
    held = powers;
    checkAnswer(t, await country.ask(represented(viewer, mari, jaan)), refused);
  }
  held = [power(mari)];
  const elsewhere = represented("guardian", mari, jaan, `${clients.population}/people`);
  checkAnswer(t, await country.ask(elsewhere), refused);
  const unsaid = usage(`/v1/usages/guardian?userCode=${mari}&representative=${jaan}`, jaan);
  checkAnswer(t, await country.ask(unsaid), { code: "missing_parameter", hop: "provider" });
  country.register.answer({ status: 503 });
  const unknown = { code: "representation_unknown", hop: "provider" } as const;
  checkAnswer(t, await country.ask(represented("guardian", mari, jaan)), unknown);
});

t.test("pages follow each other by cursor, and the total is that of all", async (t) => {
  const whole = await listOf(nobody);
  const exchanges = (list: UsageList) => list.entries.map((entry) => JSON.stringify(entry));
  const read: string[] = [];
  let cursor: string | null = null;
  do {
    const rest: string = cursor === null ? "" : `&cursor=${cursor}`;
    const page: UsageList = await listOf(nobody, `&limit=1${rest}`);
    t.equal(page.total, whole.total);
    read.push(...exchanges(page));
    cursor = page.cursor;
  } while (cursor !== null);
  t.strictSame(read, exchanges(whole));
});

t.test("readings are recorded, for auditors, and are no uses", async (t) => {
  const before = await listOf(mari);
  t.equal((await listOf(mari)).total, before.total);
  const log = openLogReader(`${country.answering.stateDirectory}/log`);
  const accesses = await log.documentsOf("access");
  log.close();
  const { payload } = parseStatement<LogAccess>(accesses.at(-1)!.bytes, accessType);
  t.match(payload, { who: portal, why: "the list of a person's uses, for self" });
  t.match(payload.what.join(" "), /\/v1\/usages exchange=[0-9a-f-]{36} subject-tag=/);
  t.notMatch(JSON.stringify(payload), mari);
});

t.test("hostile: another subsystem asks, and is refused alike whoever the person is", async (t) => {
  const texts = new Set<string>();
  for (const code of [mari, "00000000000"]) {
    for (const client of [clients.benefits, clients.umlaut]) {
      for (const path of [`/v2/findUsage?userCode=${code}`, `/v1/usages?userCode=${code}&limit=99999`]) {
        const answer = await country.ask(usage(path, code, { client }));
        checkAnswer(t, answer, { code: "access_denied", hop: "provider", rule: "usage.portal" });
        texts.add(String(answer.json().message));
      }
    }
  }
  t.equal(texts.size, 1);
});

t.test("hostile: who may not read this list, and what is no question", async (t) => {
  const own = `/v2/findUsage?userCode=${mari}`;
  const notHis = { code: "access_denied", hop: "provider", rule: "usage.person" } as const;
  const cases: readonly (readonly [name: string, ask: Ask, expected: Parameters<typeof checkAnswer>[2]])[] = [
    ["someone else's X-Road-UserId", usage(own, jaan), notHis],
    ["someone else's list of ours", usage(`/v1/usages?userCode=${mari}`, jaan), notHis],
    [
      "who acts for the person is another one",
      usage(`/v1/usages/guardian?userCode=${mari}&representative=${kid}&source=${powers.id}`, jaan),
      notHis,
    ],
    ["the person acts for himself", represented("heir", mari, mari), notHis],
    [
      "nobody signed in",
      usage(own, mari, { headers: [] }),
      { code: "missing_header_field", hop: "provider" },
    ],
    ["limit 1001", usage(`${own}&limit=1001`, mari), { code: "invalid_parameter", hop: "provider" }],
    [
      "a period turned around",
      usage(`${own}&periodStart=2026-02-01&periodEnd=2026-01-01`, mari),
      { code: "invalid_parameter", hop: "provider" },
    ],
    [
      "userCode of another scheme",
      usage("/v2/findUsage?userCode=EE382200221020145685", "EE382200221020145685"),
      { code: "subject_malformed", hop: "provider" },
    ],
    [
      "SQL",
      usage("/v2/findUsage?userCode=1'%20OR%20'1'='1", "1' OR '1'='1"),
      { code: "subject_malformed", hop: "provider" },
    ],
    [
      "regular expressions",
      usage("/v2/findUsage?userCode=.*", ".*"),
      { code: "subject_malformed", hop: "provider" },
    ],
    ["two persons", usage(`${own}&userCode=${jaan}`, mari), { code: "bad_request" }],
    ["no person", usage("/v2/findUsage", mari), { code: "subject_missing" }],
    ["no such path", usage(`/v3/findUsage?userCode=${mari}`, mari), { code: "endpoint_not_described" }],
  ];
  for (const [name, ask, expected] of cases) {
    await t.test(name, async (t) => checkAnswer(t, await country.ask(ask), expected));
  }
});
