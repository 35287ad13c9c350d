import t from "tap";
import { parseServiceDescription } from "../../src/catalogue/service-description.ts";
import type { MemberId, ServiceId } from "../../src/core/ids.ts";
import { type RetentionRule, RetentionTable } from "../../src/exchange/retention-table.ts";

const [agency, bank] = ["DEV/GOV/10000001", "DEV/COM/30000001"] as readonly string[] as readonly [
  MemberId,
  MemberId,
];
const service = "DEV/GOV/10000001/population/persons" as ServiceId;
const fallback = { keepDays: 1095, graceDays: 30 };

function description(retention?: object) {
  const document = {
    ...{
      v: 1,
      id: service,
      version: "1.0.0",
      title: { en: "Persons" },
      contentKind: "json",
      timeoutMs: 1000,
    },
    ...{ endpoints: [{ method: "GET", path: "/a" }], ...(retention && { retention }) },
  };
  return parseServiceDescription(Buffer.from(JSON.stringify(document)), "digest");
}

function rule(changes: Partial<RetentionRule>): RetentionRule {
  return { class: "own", part: "head", keepDays: 10, graceDays: 3, ...changes };
}

const body = { keepDays: 90, graceDays: 14, reason: "the answer is a decision that may be contested" };

t.test("nobody says anything: the server's default, and no body", async (t) => {
  const table = new RetentionTable([], fallback);
  const found = { head: { name: "default", ...fallback }, body: undefined };
  t.strictSame(table.of(agency, service, description()), found);
  t.strictSame(table.of(agency, service, undefined), found);
});

t.test("a description proposes for each part, under a class of these days", async (t) => {
  const proposed = description({ head: { keepDays: 365, graceDays: 7 }, body });
  t.strictSame(new RetentionTable([], fallback).of(agency, service, proposed), {
    head: { name: "proposed-365-7", keepDays: 365, graceDays: 7 },
    body: { name: "proposed-90-14", keepDays: 90, graceDays: 14 },
  });
});

t.test("a member's own rule comes before the proposal, the first one that fits before others", async (t) => {
  const rules = [
    rule({ class: "banking", member: bank, keepDays: 3650 }),
    rule({ class: "persons", service, keepDays: 20 }),
    rule({ class: "all" }),
  ];
  const table = new RetentionTable(rules, fallback);
  const proposed = description({ head: { keepDays: 365, graceDays: 7 } });
  t.equal(table.of(bank, service, proposed).head.name, "banking");
  t.equal(table.of(agency, service, proposed).head.name, "persons");
  t.equal(table.of(agency, "DEV/GOV/10000001/population/other" as ServiceId, undefined).head.name, "all");
});

t.test(
  "a member's own rule keeps a body that nobody asked for, and refuses one that was asked for",
  async (t) => {
    const own = new RetentionTable([rule({ class: "contested", part: "body", member: bank })], fallback);
    t.match(own.of(bank, service, description()), { body: { name: "contested", keepDays: 10 } });
    t.equal(own.of(agency, service, description()).body, undefined);
    const none = new RetentionTable([rule({ part: "body", keepDays: 0 })], fallback);
    t.equal(none.of(agency, service, description({ body })).body, undefined);
  },
);

t.test("an answer is made once", async (t) => {
  const table = new RetentionTable([], fallback);
  const one = description();
  t.equal(table.of(agency, service, one), table.of(agency, service, one));
});

t.test("the period of a class is what rules say now", async (t) => {
  const table = new RetentionTable(
    [rule({ member: bank }), rule({ class: "shared", keepDays: 5 })],
    fallback,
  );
  t.match(table.periodOf(bank, "own"), { keepDays: 10 });
  t.equal(table.periodOf(agency, "own"), undefined, "another member's class");
  t.match(table.periodOf(agency, "shared"), { keepDays: 5 });
  t.match(table.periodOf(agency, "default"), fallback);
  t.equal(table.periodOf(agency, "proposed-90-14"), undefined, "what was promised with the key counts");
});

t.test("a description that keeps bodies without a reason, or for no time, is refused", async (t) => {
  for (const retention of [
    { body: { keepDays: 90, graceDays: 14 } },
    { body: { ...body, reason: "because" } },
    { body: { ...body, keepDays: 0 } },
    { head: { keepDays: 10, graceDays: 1 } },
    { tags: { keepDays: 10, graceDays: 3 } },
  ]) {
    t.throws(() => description(retention), { code: "bad_request" }, JSON.stringify(retention));
  }
});
