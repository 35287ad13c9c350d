import t, { type Test } from "tap";
import { uuidV7 } from "../../src/core/uuid.ts";
import { readPackage } from "../../src/messagelog/evidence/package-read.ts";
import { AdminScene } from "../admin/admin-scene.ts";
import { bank, benefitsAgency, clients } from "../exchange/country/plan.ts";
import {
  lookUp,
  newKeys,
  order,
  person,
  record,
  restrictedLookUp,
  scheme,
  worldOptions,
} from "../exchange/restriction/world.ts";

/* What an auditor does with single exchanges: over the management API, and on the pages. */

const user = "EE-39001010000";
const scene = await AdminScene.start(t, worldOptions(newKeys()));
const { country } = scene;
country.register.answer(record);
await order({ country });

async function exchangeOf(client: string, purpose: string, more: readonly string[] = []): Promise<string> {
  const ask = lookUp(client, `=cmd|' /C calc'!A${purpose}`, purpose);
  const answer = await country.ask({ ...ask, headers: [...ask.headers!, ...more] });
  if (answer.status !== 200) throw new Error(`${answer.status} ${answer.body}`);
  return answer.header("Sealway-Exchange-Id")!;
}

const attack = `<script>alert("1")</script>`;
const [owners, banks] = [
  await exchangeOf(clients.benefits, "letters", ["X-Road-UserId", user, "X-Road-Issue", attack]),
  await exchangeOf(clients.onboarding, "letters"),
];
const hidden = (await country.ask(restrictedLookUp("hidden-1"))).header("Sealway-Exchange-Id")!;
await Promise.all([country.asking.gateway.sealNow(), country.answering.gateway.sealNow()]);

const bankAdministrator = await scene.user("administrator", bank);
const people = {
  auditor: await scene.user("auditor"),
  dpo: await scene.user("data-protection-officer"),
  bankAuditor: await scene.user("auditor", bank, bankAdministrator),
  bankDpo: await scene.user("data-protection-officer", bank, bankAdministrator),
};
const { auditor, bankAuditor, bankDpo, dpo } = people;
const get = (path: string, { key }: { readonly key: string }) => scene.call(path, { key });
const post = (path: string, { key }: { readonly key: string }, body: object) =>
  scene.call(path, { method: "POST", key, body: { reason: "Case 7", ...body } });
const exported = async (t: Test, key: typeof auditor, body: object) => {
  const { bytes, headers, status } = await post("/exchanges/export", key, body);
  if (status !== 200) throw new Error(`${status} ${bytes}`);
  t.equal(headers["content-type"], "application/zip");
  return new Map([...(await readPackage(bytes))].map(([name, file]) => [name, file.toString()]));
};

t.test("one exchange is told with all that proves it, and without a person", async (t) => {
  const { body, bytes } = await get(`/exchanges/${owners}`, auditor);
  t.match(body, {
    ...{ exchange: owners, consumer: clients.benefits, persons: 1 },
    purpose: { id: "letters", title: { en: "Letters" }, source: "stated" },
    decision: { verdict: "permit", code: null },
    openings: ["user", "caseReference", "subject-0"],
    sides: [{ role: "consumer", member: benefitsAgency }],
  });
  t.ok(body.decision.fieldsRemoved.includes("/income"), "what the purpose does not need");
  const outcomes = new Map(
    body.decision.trace.map(({ rule, outcome }: Record<string, string>) => [rule, outcome]),
  );
  t.equal(outcomes.get("agreement.purpose"), "passed");
  t.equal(outcomes.get("agreement.suspended"), "unknown", "nobody kept that");
  const [request, answer] = body.sides[0].messages;
  t.match(request, { type: "request", direction: "sent", head: "readable", ocsp: [{ state: "good" }] });
  t.match(answer, { type: "response", direction: "received", certificates: [{ issuer: /CA/ }, {}] });
  const { leaf, leaves, path, root } = answer.timeStamp;
  t.ok(leaf > request.timeStamp.leaf && leaf <= leaves);
  t.ok(path.length > 1 && /^[0-9a-f]{64}$/.test(root));
  t.equal(path.at(-1).gives, root, "the way ends at what is time-stamped");
  t.notMatch(bytes.toString(), new RegExp(`${person}|${user}|<script|cmd`));
});

t.test("it is verified now, by itself and joined with the other side's evidence", async (t) => {
  const own = await post(`/exchanges/${owners}/verification`, auditor, { sides: "own" });
  t.equal(own.body.verdict, "valid", own.bytes.toString());
  const codes = own.body.findings.map(({ code }: { code: string }) => code);
  for (const code of ["anchor-given", "head-agrees", "openings-fit", "ocsp-good", "time-proven"])
    t.ok(codes.includes(code), code);
  const both = await post(`/exchanges/${owners}/verification`, auditor, { sides: "both" });
  t.equal(both.body.verdict, "valid", both.bytes.toString());
  t.ok(both.body.findings.some(({ code }: { code: string }) => code === "sides-both-timed"));
  t.notMatch(both.bytes.toString(), new RegExp(`${person}|${user}`));
  const other = await post(`/exchanges/${owners}/other-side`, auditor, {});
  t.ok((await readPackage(other.bytes)).has("response/exchange"));
});

t.test("single values are opened for whoever may see them, and the log says which", async (t) => {
  const names = ["user", "caseReference", "request-line", "answer-0"];
  const path = `/exchanges/${owners}/openings`;
  t.equal((await post(path, auditor, { names })).body.code, "mandate_missing");
  const { body } = await post(path, dpo, { names });
  t.strictSame(
    body.openings.map(({ message, name, value }: Record<string, string>) => [message, name, value]),
    [
      ["request", "user", user],
      ["request", "caseReference", attack],
      ["request", "request-line", `POST ${lookUp("", "").path}`],
    ],
  );
  t.equal((await post(path, dpo, { names: ["nonce"] })).status, 400);
  t.equal(
    (await scene.call(path, { method: "POST", key: dpo.key, body: { names } })).status,
    400,
    "no reason",
  );
  const open = { heads: "withheld", open: ["user"] };
  t.equal((await post(`/exchanges/${owners}/evidence`, auditor, open)).status, 403);
  const zip = await post(`/exchanges/${owners}/evidence`, dpo, open);
  const files = [...(await readPackage(zip.bytes)).keys()];
  t.strictSame(
    files.filter((name) => /openings|head$/.test(name)),
    ["request/openings/user.json"],
  );
  const { entries } = (await get("/audit?limit=1000", dpo)).body;
  const route = "POST /api/v1/exchanges/:exchange/openings";
  t.match(
    entries.find((one: { route: string }) => one.route === route),
    { by: dpo.id, reason: "Case 7", about: [`exchange ${owners}`, `openings ${names.join(" ")}`] },
  );
  t.notMatch(JSON.stringify(entries), new RegExp(`${person}|${user}|<script`));
});

t.test("all filters of the log, and by what may tell of a person only where that is allowed", async (t) => {
  const ids = async (query: string) =>
    (await get(`/exchanges?${query}`, auditor)).body.results.map(
      ({ exchangeId }: { exchangeId: string }) => exchangeId,
    );
  t.strictSame(await ids("purpose=letters&verdict=permit"), [owners]);
  t.strictSame(await ids("purpose=letters&slower=3600000"), []);
  t.strictSame(await ids("purpose=letters&faster=3600000&order=oldest"), [owners]);
  t.equal(
    (await get("/exchanges?status=200", auditor)).status,
    400,
    "an answer's status may tell of a person",
  );
  t.equal((await post("/exchanges/search", dpo, {})).status, 400, "nothing personal is sought");
  const found = await post("/exchanges/search", dpo, { status: "2xx", purpose: "letters" });
  t.strictSame(found.body.results.length, 1);
  const sought = await post("/exchanges/search", bankDpo, { person: { scheme, value: person } });
  t.strictSame(
    sought.body.results.map(({ exchangeId }: { exchangeId: string }) => exchangeId),
    [banks],
  );
});

t.test("CSV injection: no cell of an export is a formula, and its custody log says what it is", async (t) => {
  const files = await exported(t, auditor, { format: "csv" });
  t.strictSame([...files.keys()], ["exchanges.csv", "custody.json"]);
  const [heading, ...lines] = files.get("exchanges.csv")!.trimEnd().split("\r\n");
  t.match(heading, /^exchangeId,queryId,/);
  t.ok(lines.some((line) => line.startsWith(owners)));
  for (const cell of lines.flatMap((line) => line.split(","))) t.notMatch(cell, /^"?[=+\-@\t]/);
  const custody = JSON.parse(files.get("custody.json")!);
  t.match(custody, {
    ...{ file: "exchanges.csv", exchanges: lines.length, members: [benefitsAgency], query: ["everything"] },
    custody: [{ act: "exported", user: auditor.id, reason: "Case 7" }],
  });
  const { entries } = (await get("/audit?limit=1000", auditor)).body;
  const entry = entries.find(({ route }: { route: string }) => route === "POST /api/v1/exchanges/export");
  t.ok(entry.about.includes(`sha256=${custody.sha256}`), "the log has its digest");
  t.notMatch([...files.values()].join(""), new RegExp(`${person}|${user}|<script`));
  const asPerson = { format: "jsonl", person: { scheme, value: person } };
  t.equal((await post("/exchanges/export", auditor, asPerson)).body.code, "mandate_missing");
  const own = await exported(t, dpo, asPerson);
  t.match(own.get("exchanges.jsonl"), owners);
  t.notMatch(own.get("custody.json"), person, "a person stands there by search tags only");
});

t.test(
  "enumeration: an exchange of others, a restricted one and none at all are answered alike",
  async (t) => {
    const nothing = uuidV7(0);
    const asks: readonly (readonly [path: string, body: object | undefined])[] = [
      ["", undefined],
      ["/verification", { sides: "own" }],
      ["/verification", { sides: "both" }],
      ["/evidence", { heads: "withheld" }],
      ["/evidence", { heads: "shown" }],
      ["/openings", { names: ["user"] }],
      ["/other-side", {}],
    ];
    for (const [path, body] of asks) {
      const ask = async (exchange: string) => {
        const address = `/exchanges/${exchange}${path}`;
        const { bytes, status } =
          body === undefined ? await get(address, bankDpo) : await post(address, bankDpo, body);
        return [status, bytes.toString()];
      };
      const none = await ask(nothing);
      t.equal(none[0], 404, path);
      t.strictSame(await ask(owners), none, `another member's ${path}`);
      t.strictSame(await ask(hidden), none, `restricted ${path}`);
    }
    t.equal((await get(`/exchanges/${banks}`, bankAuditor)).status, 200);
    const list = await exported(t, bankAuditor, { format: "csv" });
    t.match(list.get("exchanges.csv"), banks);
    t.notMatch(list.get("exchanges.csv"), new RegExp(`${owners}|${hidden}`));
  },
);
