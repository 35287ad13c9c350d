import fc from "fast-check";
import t from "tap";
import { unsafeId } from "../../../src/core/ids.ts";
import { checkRevision, foldRevisions } from "../../../src/policy/permissions/check-revision.ts";
import { exportDpv } from "../../../src/policy/permissions/export-dpv.ts";
import {
  judgePastUse,
  type PastUse,
  readPastRevisions,
} from "../../../src/policy/permissions/judge-past-use.ts";
import {
  countersOf,
  judgePermission,
  type PermissionFacts,
} from "../../../src/policy/permissions/judge-permission.ts";
import {
  checkPermission,
  noLimits,
  type Permission,
  type PermissionState,
  readPermission,
  serializePermission,
} from "../../../src/policy/permissions/permission.ts";
import {
  type PermissionWords,
  permissionText,
  textDigest,
  wholeMinute,
} from "../../../src/policy/permissions/permission-text.ts";

const day = 24 * 60 * 60 * 1000;
const now = Date.UTC(2026, 10, 22, 12);
const digest = "A".repeat(43);
const declared = { kind: "declared", officer: "Officer", text: digest, proof: null } as const;

const active: Permission = {
  ...{ v: 1, instance: "DEV", time: now, id: "0193ad5c-0000-7000-8000-000000000001", revision: 1 },
  ...{ previous: null, kind: "consent", consumer: unsafeId("DEV/COM/3/bank") },
  service: unsafeId("DEV/GOV/1/population/persons"),
  purpose: { id: "onboarding", revision: 1, sha256: digest },
  ...{ elements: ["person.name"], fields: null, limits: noLimits, representation: null },
  validity: { from: now - day, to: now + day },
  person: { c: digest, scheme: "urn:dev:personal-code" },
  ...{ act: declared, state: "active", reason: null },
};
const asked: Permission = { ...active, state: "requested", act: null };

const facts: PermissionFacts = {
  client: active.consumer,
  service: active.service,
  purpose: { id: "onboarding", revision: 1 },
  isOfSubject: true,
  now,
  used: { all: 0, period: 0 },
  parameter: () => [],
};

t.test("a permission permits what it is for, and refuses each single fault by its rule", async (t) => {
  t.equal(judgePermission(active, facts), undefined);
  const uses = { ...active, limits: { ...noLimits, uses: 2 } };
  const often = { ...active, limits: { ...noLimits, perPeriod: { uses: 1, days: 7 } } };
  const period = { from: "2026-01-01", to: "2026-06-30", parameters: ["from", "to"] };
  const ofDays = { ...active, limits: { ...noLimits, dataPeriod: period } };
  const days = (from: string, to: string) => (name: string) => [name === "from" ? from : to];
  const cases: readonly (readonly [Permission | undefined, Partial<PermissionFacts>, string | undefined])[] =
    [
      [undefined, {}, "permission.exists"],
      [active, { client: unsafeId("DEV/COM/3/other") }, "permission.client"],
      [active, { isOfSubject: false }, "permission.subject"],
      [active, { service: unsafeId("DEV/GOV/1/population/other") }, "permission.service"],
      [active, { purpose: { id: "lending", revision: 1 } }, "permission.purpose"],
      [active, { purpose: { id: "onboarding", revision: 2 } }, "permission.purpose"],
      [active, { purpose: null }, "permission.purpose"],
      [{ ...active, state: "withdrawn" }, {}, "permission.state"],
      [{ ...active, state: "requested" }, {}, "permission.state"],
      [active, { now: active.validity.from }, undefined],
      [active, { now: active.validity.from - 1 }, "permission.validity"],
      [active, { now: active.validity.to - 1 }, undefined],
      [active, { now: active.validity.to }, "permission.validity"],
      [uses, { used: { all: 1, period: 0 } }, undefined],
      [uses, { used: { all: 2, period: 0 } }, "permission.uses"],
      [often, { used: { all: 9, period: 0 } }, undefined],
      [often, { used: { all: 9, period: 1 } }, "permission.period-uses"],
      [ofDays, { parameter: days("2026-01-01", "2026-06-30") }, undefined],
      [ofDays, { parameter: days("2025-12-31", "2026-06-30") }, "permission.data-period"],
      [ofDays, { parameter: days("2026-01-01", "2026-07-01") }, "permission.data-period"],
      [ofDays, { parameter: () => ["2026-01-01", "2026-01-02"] }, "permission.data-period"],
      [ofDays, { parameter: days("2026-02-28", "2026-02-30") }, "permission.data-period"],
      [ofDays, { parameter: () => ["2026-02"] }, "permission.data-period"],
      [ofDays, { parameter: () => [] }, "permission.data-period"],
    ];
  for (const [permission, changes, rule] of cases)
    t.equal(judgePermission(permission, { ...facts, ...changes }), rule, JSON.stringify(changes));
});

t.test("what permitted an exchange then is judged by the same rules, and by what was told", async (t) => {
  const field = (element: string) => ({ type: "string", "x-sealway-element": element });
  const properties = { name: field("person.name"), code: field("person.code"), income: field("income") };
  const endpoints = [
    { method: "GET", path: "/{id}", responses: { "200": { schema: { type: "object", properties } } } },
  ];
  const use: PastUse = {
    ...{ client: active.consumer, service: active.service, purpose: { id: "onboarding", revision: 1 } },
    ...{ times: [now + 5, now + 2], query: "", endpoint: { method: "GET", template: "/{id}" } },
    ...{ removed: ["/code", "/income"], description: { endpoints } },
  };
  const ofDays = { from: "2026-01-01", to: "2026-06-30", parameters: ["from"] };
  const limited = { ...active, limits: { ...noLimits, dataPeriod: ofDays } };
  const cases: readonly (readonly [Permission, Partial<PastUse>, string | undefined])[] = [
    [active, {}, undefined],
    [active, { client: unsafeId("DEV/COM/3/other") }, "permission.client"],
    [active, { purpose: null }, "permission.purpose"],
    [{ ...active, state: "withdrawn" }, {}, "permission.state"],
    [{ ...active, time: now + 6 }, {}, "permission.later"],
    [{ ...active, validity: { from: now - day, to: now + 3 } }, {}, undefined],
    [{ ...active, validity: { from: now - day, to: now + 2 } }, {}, "permission.validity"],
    [active, { removed: ["/code"] }, "permission.fields"],
    [active, { removed: [""] }, undefined],
    [{ ...active, fields: ["/income"] }, {}, "permission.fields"],
    [{ ...active, fields: ["/name"] }, {}, undefined],
    [active, { description: undefined }, undefined],
    [limited, { query: "from=2026-02-01" }, undefined],
    [limited, { query: "from=2026-07-01" }, "permission.data-period"],
    [limited, { query: undefined }, undefined],
  ];
  for (const [permission, changes, rule] of cases)
    t.equal(judgePastUse(permission, { ...use, ...changes }), rule, JSON.stringify(changes));
  t.throws(() => readPastRevisions([{ ...active, consumer: "nobody" }], false), { code: "bad_request" });
  t.throws(() => readPastRevisions([asked, { ...active, revision: 3, previous: digest }], true), {
    code: "permission_state",
  });
});

t.test("which state may follow which", async (t) => {
  const states: readonly PermissionState[] = ["requested", "active", "declined", "withdrawn", "ended"];
  const allowed = new Set([
    ...["requested active", "requested declined", "requested ended"],
    ...["active active", "active withdrawn", "active ended"],
  ]);
  for (const from of states) {
    for (const to of states) {
      const before: Permission = { ...active, state: from };
      const reason = to === "ended" ? "death" : null;
      const next: Permission = { ...active, revision: 2, previous: digest, state: to, reason };
      const isAllowed = allowed.has(`${from} ${to}`);
      if (isAllowed) t.doesNotThrow(() => checkRevision(next, before), `${from} to ${to}`);
      else t.throws(() => checkRevision(next, before), { code: "permission_state" }, `${from} to ${to}`);
    }
  }
});

t.test("what no revision may do", async (t) => {
  const next: Permission = { ...active, revision: 2, previous: digest };
  t.doesNotThrow(() => checkRevision(next, asked));
  const short = { from: now - day, to: now + day / 2 };
  const by = (until: number, changes: Partial<Permission>): Permission => ({
    ...{ ...next, ...changes },
    representation: {
      ...{ kind: "guardian", proof: digest, representative: active.person },
      power: { source: active.service, exchange: active.id, elements: null, until },
    },
  });
  t.doesNotThrow(() => checkRevision(by(short.to, { validity: short }), asked), "as long as the power");
  const bad: Readonly<Record<string, readonly [Permission, Permission | undefined]>> = {
    "another consumer": [{ ...next, consumer: unsafeId("DEV/COM/3/other") }, asked],
    "another person": [{ ...next, person: { ...active.person, c: "B".repeat(43) } }, asked],
    "more elements": [{ ...next, elements: ["person"] }, asked],
    "more fields": [{ ...next, fields: ["/name"] }, asked],
    "another purpose": [{ ...next, purpose: { ...active.purpose, revision: 2 } }, asked],
    "other limits than asked for": [{ ...next, limits: { ...noLimits, uses: 5 } }, asked],
    "a longer time than asked for": [{ ...next, validity: { from: now, to: now + 9 * day } }, asked],
    "a shorter time than asked for": [{ ...next, validity: short }, asked],
    "a shorter time than the power has": [by(short.to + 1, { validity: short }), asked],
    "a longer time than asked for, by a power": [
      by(now + 9 * day, { validity: { ...short, to: now + 9 * day } }),
      asked,
    ],
    "another beginning, by a power": [by(short.to, { validity: { ...short, from: now } }), asked],
    "other limits, by a power": [by(short.to, { validity: short, limits: { ...noLimits, uses: 5 } }), asked],
    "a shorter time of what is in force": [by(short.to, { validity: short, state: "withdrawn" }), active],
    "a number left out": [{ ...next, revision: 3 }, asked],
    "no revision before it": [{ ...next, previous: null }, asked],
    "nobody's act": [{ ...next, act: null }, asked],
    "an act for no text": [{ ...next, act: { ...declared, text: null } }, asked],
    "an older time": [{ ...next, time: now - 1 }, asked],
    "an end without a reason": [{ ...next, state: "ended" }, active],
    "a reason without an end": [{ ...next, reason: "death" }, asked],
    "an extension backwards": [{ ...next, validity: { from: now - day, to: now } }, active],
    "a beginning with an end": [{ ...active, state: "withdrawn" }, undefined],
    "a beginning that follows": [{ ...active, previous: digest }, undefined],
  };
  for (const [name, [revision, before]] of Object.entries(bad))
    t.throws(() => checkRevision(revision, before), { code: "permission_state" }, name);
  const withdrawn: Permission = { ...next, revision: 3, state: "withdrawn" };
  t.equal(foldRevisions([asked, next, withdrawn]), withdrawn);
  t.throws(() => foldRevisions([asked, withdrawn]), { code: "permission_state" });
  t.throws(() => foldRevisions([]), { code: "permission_state" });
});

t.test("the schema takes what is made, and nothing else", async (t) => {
  for (const permission of [active, asked]) {
    t.doesNotThrow(() => checkPermission(permission));
    t.same(readPermission(serializePermission(permission)), permission);
  }
  const bad: readonly object[] = [
    { ...active, person: { ...active.person, value: "38001010000" } },
    { ...active, state: "given" },
    { ...active, validity: { from: now, to: now } },
    { ...active, consumer: "DEV/COM/3/b%61nk" },
    { ...active, fields: ["name"] },
    { ...active, act: { ...declared, token: "x" } },
    { ...active, elements: [] },
  ];
  for (const permission of bad) t.throws(() => checkPermission(permission), { code: "bad_request" });
});

const words: PermissionWords = {
  consumer: "First Savings Bank",
  provider: "Population Register",
  service: { en: "Persons", zh: "人口" },
  purpose: { en: "Opening an account" },
  elements: [{ en: "Name", zh: "姓名" }],
};

t.test("the text says the terms in both languages, and falls back to English words", async (t) => {
  const { lines } = permissionText("give", active, 2, words);
  t.match(lines.en[0], "You consent that Population Register (DEV/GOV/1/population) gives data");
  t.ok(lines.en.includes("It holds from 2026-11-21 12:00 to 2026-11-23 12:00 (UTC)."));
  t.ok(lines.zh.includes("仅用于以下目的：Opening an account。"));
  t.ok(lines.zh.includes("提供的数据：姓名。"));
  t.equal(lines.en.length, lines.zh.length);
  const limits = { uses: 1, perPeriod: { uses: 2, days: 7 }, dataPeriod: null, keepDays: 30 };
  const limited = permissionText("give", { ...active, limits }, 2, words).lines.en.join("\n");
  for (const line of ["used once in all", "used 2 times in 7 days", "keep the data for 30 days"])
    t.match(limited, line);
});

t.test("each term changes the digest that is signed in for, in whole minutes", async (t) => {
  const of = (changes: object, act: "give" | "extend" = "give", revision = 2) =>
    textDigest(permissionText(act, { ...active, ...changes }, revision, words));
  const { from, to } = active.validity;
  const others = [
    ...[of({}, "extend"), of({}, "give", 3), of({ id: "0193ad5c-0000-7000-8000-000000000002" })],
    ...[of({ kind: "mandate" }), of({ consumer: "DEV/COM/3/other" }), of({ fields: ["/name"] })],
    ...[of({ validity: { from, to: to + 60_000 } }), of({ limits: { ...noLimits, uses: 1 } })],
    of({ limits: { ...noLimits, keepDays: 1 } }),
  ];
  t.equal(new Set([of({}), ...others]).size, others.length + 1);
  t.equal(of({}), of({}));
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 4e12 }), async (time) => wholeMinute(time) % 60_000 === 0),
  );
});

t.test("uses are counted in all, and in periods that begin with the validity", async (t) => {
  t.same(countersOf(active, now, "ordinary"), { all: undefined, period: undefined });
  const limits = { ...noLimits, uses: 3, perPeriod: { uses: 1, days: 1 } };
  const limited: Permission = { ...active, limits };
  const { from } = active.validity;
  const first = countersOf(limited, from + day - 1, "ordinary");
  const { all, period } = first;
  t.match(all, { counter: `permission/${active.id}`, limit: 3 });
  t.match(period, { counter: `permission/${active.id}/0`, limit: 1 });
  t.ok(all!.expires > from + 100 * 366 * day, "an extension gives no uses back");
  t.ok(
    period!.expires > from + day,
    "a call that was judged in a period counts in it, however late it is recorded",
  );
  t.equal(countersOf(limited, from + day, "ordinary").period?.counter, `permission/${active.id}/1`);
});

t.test("the exported record is a DPV consent record that names nobody", async (t) => {
  const given: Permission = { ...active, revision: 2, previous: digest };
  const record = exportDpv([asked, given], words, now) as Record<string, unknown>;
  t.match(record, {
    "@id": `urn:uuid:${active.id}`,
    "@type": ["dpv:ConsentRecord", "dpv:Process"],
    "dpv:hasConsentStatus": { "@id": "dpv:ConsentGiven" },
    "dpv:hasLegalBasis": { "@id": "eu-gdpr:A6-1-a" },
    "dct:hasPart": [
      { "dpv:hasConsentStatus": { "@id": "dpv:ConsentRequested" } },
      { "dpv:hasConsentStatus": { "@id": "dpv:ConsentGiven" } },
    ],
  });
  const prefixes = new Set(Object.keys(record["@context"] as object));
  const names = JSON.stringify(record).match(/"([a-z-]+):[A-Za-z0-9-]+":/g) ?? [];
  for (const name of names) t.ok(prefixes.has(name.slice(1).split(":")[0]!), name);
  const expired = exportDpv([asked, given], words, active.validity.to) as typeof record;
  t.same(expired["dpv:hasConsentStatus"], { "@id": "dpv:ConsentExpired" });
});
