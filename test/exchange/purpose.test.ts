import { readFileSync } from "node:fs";
import t from "tap";
import { readPackage } from "../../src/messagelog/evidence/package-read.ts";
import { verifyPackage } from "../../src/messagelog/evidence/verify-package.ts";
import { checkProblem, recorded } from "./country/expectation.ts";
import { clients } from "./country/plan.ts";
import { recordPlans, records } from "./country/records.ts";
import { type Ask, pathOf, SmallCountry } from "./country.ts";

/*
 * What agreements state is enforced: answers are cut to what purpose and fields allow before they are signed, and what
 * an agreement does not allow is refused.
 */

const country = await SmallCountry.start(t, { more: recordPlans });
const whole = {
  code: "38001010000",
  name: "Mari",
  income: 1200.0,
  address: { city: "Harbour", street: "Quay 1" },
  children: [{ code: "50001010000", school: "First" }],
};
const text = JSON.stringify(whole).replace('"income":1200', '"income" : 1200.0');
const find = (client: string, headers: readonly string[] = [], service = records.enforced): Ask => ({
  ...{ method: "POST", path: pathOf(service, "/find"), client, body: '{"code":"38001010000"}' },
  headers: ["Content-Type", "application/json", ...headers],
});
t.beforeEach(() =>
  country.register.answer({
    headers: [
      "Content-Type",
      "application/json",
      "ETag",
      '"x"',
      "Last-Modified",
      "today",
      "X-Register-Run",
      "7",
    ],
    body: text,
  }),
);

t.test("an agreement that limits nothing has the answer byte for byte", async (t) => {
  const { result, answering } = await country.watch(() => country.ask(find(clients.benefits)));
  t.equal(result.status, 200, result.body.toString());
  t.equal(result.body.toString(), text);
  t.same(answering[1]?.document.decision?.fieldsRemoved, []);
  t.equal(result.header("ETag"), '"x"');
  t.equal(result.header("Last-Modified"), "today");
  t.equal(result.header("X-Register-Run"), "7", "the description lets it pass");
  t.equal(answering[0]?.document.purpose, null);
});

t.test("a purpose is defaulted, stated in the record, and cuts the answer before it is signed", async (t) => {
  const { result, asking, answering } = await country.watch(() => country.ask(find(clients.inspection)));
  t.equal(result.status, 200, result.body.toString());
  t.equal(result.body.toString(), '{"name":"Mari","address":{"city":"Harbour","street":"Quay 1"}}');
  for (const { document } of [...asking, ...answering]) {
    t.match(document.purpose, { id: "letters", revision: 1 });
    t.equal(document.purposeSource, "defaulted");
  }
  for (const [, answer] of [asking, answering]) {
    t.same(answer?.document.decision?.fieldsRemoved, ["/code", "/income", "/children"]);
  }
  t.equal(result.header("Sealway-Purpose"), "letters;source=defaulted");
  t.equal(result.header("Sealway-Removed-Fields"), "/code, /income, /children");
  t.equal(result.header("ETag"), undefined, "nothing that speaks of the whole");
  t.equal(result.header("Last-Modified"), undefined);
  t.equal(result.header("X-Register-Run"), "7");
});

t.test("what is removed is named, whether it is there or not", async (t) => {
  const body = '{"name":"Mari","code":"38001010000","address":{}}';
  country.register.answer({ headers: ["Content-Type", "application/json"], body });
  const { result, answering } = await country.watch(() => country.ask(find(clients.inspection)));
  t.equal(result.body.toString(), '{"name":"Mari","address":{}}');
  t.same(answering[1]?.document.decision?.fieldsRemoved, ["/code", "/income", "/children"]);
});

t.test(
  "of two purposes the caller names one, and has what it and the agreement's fields allow",
  async (t) => {
    for (const header of ["Sealway-Purpose", "Uxp-Purpose-Ids"]) {
      const { result, asking } = await country.watch(() =>
        country.ask(find(clients.onboarding, [header, "means-test"])),
      );
      t.equal(result.body.toString(), '{"name":"Mari","income" : 1200.0,"address":{"city":"Harbour"}}');
      t.equal(asking[0]?.document.purposeSource, "stated");
      t.match(asking[0]?.document.purpose, { id: "means-test" });
      t.same(asking[1]?.document.decision?.fieldsRemoved, ["/code", "/address/street", "/children"]);
    }
    const { result } = await country.watch(() =>
      country.ask(find(clients.onboarding, ["Sealway-Purpose", "letters"])),
    );
    t.equal(result.body.toString(), '{"name":"Mari","address":{"city":"Harbour"}}');
  },
);

t.test("answers of other statuses are not cut", async (t) => {
  country.register.answer({
    status: 404,
    headers: ["Content-Type", "application/json"],
    body: '{"why":"gone"}',
  });
  const { result, answering } = await country.watch(() => country.ask(find(clients.inspection)));
  t.equal(result.status, 404);
  t.equal(result.body.toString(), '{"why":"gone"}');
  t.same(
    answering[1]?.document.decision?.fieldsRemoved,
    ["/code", "/income", "/children"],
    "what stands in clear does not tell the status",
  );
});

const refusedHere = { ...recorded.refusedHere, status: 500 } as const;
const denied = { ...recorded.refusedThere, calls: 0 } as const;
const refusals: [what: string, ask: Ask, Parameters<typeof checkProblem>[3]][] = [
  [
    "a purpose that the description does not have",
    find(clients.inspection, ["Sealway-Purpose", "marketing"]),
    { code: "purpose_unknown", ...refusedHere },
  ],
  [
    "several purposes",
    find(clients.onboarding, ["Uxp-Purpose-Ids", "letters,means-test"]),
    { code: "purpose_unknown", ...{ asking: [], status: 500 } },
  ],
  [
    "two headers that contradict each other",
    find(clients.onboarding, ["Uxp-Purpose-Ids", "letters", "Sealway-Purpose", "means-test"]),
    { code: "duplicate_header_field", ...{ asking: [], status: 500 } },
  ],
  [
    "a purpose that is not agreed",
    find(clients.inspection, ["Sealway-Purpose", "everything"]),
    { code: "purpose_not_granted", rule: "agreement.purpose", ...denied },
  ],
  [
    "none of two purposes",
    find(clients.onboarding),
    { code: "purpose_not_granted", rule: "agreement.purpose", ...denied },
  ],
  [
    "by an agreement that states what it cannot",
    find(clients.umlaut),
    { code: "access_denied", rule: "agreement.exists", ...denied },
  ],
  [
    "signed content of which something would have to be cut",
    find(clients.inspection, [], records.signed),
    { code: "signed_not_filtered", rule: "content.signed", ...denied },
  ],
];
for (const [what, ask, expected] of refusals) {
  t.test(`refused: ${what}`, async (t) => {
    await checkProblem(t, country, () => country.ask(ask), expected);
  });
}

t.test("signed content is never filtered", async (t) => {
  country.register.answer({ headers: ["Content-Type", "application/jose"], body: "a.b.c" });
  const { result, answering } = await country.watch(() =>
    country.ask(find(clients.benefits, [], records.signed)),
  );
  t.equal(result.status, 200, result.body.toString());
  t.equal(result.body.toString(), "a.b.c");
  t.equal(answering[1]?.document.contentKind, "signed");
});

t.test("agreements that grant nothing are told to the operator, and stop nothing", async (t) => {
  const { alarms } = country.answering.gateway.health();
  const told = alarms.filter(({ code }) => code === "agreement_refused");
  t.same(told.map(({ about }) => about).sort(), ["broken-enforced", "early", "other-version-enforced"]);
  t.match(told.find(({ about }) => about === "early")?.detail, /service\.unknown/);
  t.match(told.find(({ about }) => about === "broken-enforced")?.detail, /purpose\.unknown at \/purposes\/0/);
  t.ok(country.answering.logLines.some((line) => /an agreement grants nothing/.test(line)));
});

t.test("the evidence of a cut answer names what was cut, and verifies", async (t) => {
  const answer = await country.ask(find(clients.inspection));
  await country.asking.gateway.sealNow();
  const path = `/evidence/${answer.header("Sealway-Exchange-Id")}`;
  const { body } = await country.ask({ path, client: clients.inspection });
  const anchor = readFileSync(country.authority.anchorFile);
  const { verdict, findings } = await verifyPackage(body, { anchor, at: country.clock.now() });
  t.equal(verdict, "valid", JSON.stringify(findings));
  const statement = (await readPackage(body)).get("STATEMENT.txt")!.toString();
  t.match(
    statement,
    /fields\s+were\s+removed\s+before\s+sealing,\s+as\s+far\s+as\s+there\s+were\s+any:\s+\/code,\s+\/income,\s+\/children/,
  );
});
