import { writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { run as evidence } from "../../../src/cli/evidence.ts";
import { run as verify } from "../../../src/cli/verify.ts";
import { canonicalJson } from "../../../src/core/canonical-json.ts";
import { uuidV7 } from "../../../src/core/uuid.ts";
import { parseStatement } from "../../../src/message/signed-statement.ts";
import { accessType, type LogAccess } from "../../../src/messagelog/access-record.ts";
import type { Finding } from "../../../src/messagelog/evidence/finding.ts";
import { readPackage } from "../../../src/messagelog/evidence/package-read.ts";
import { writePackage } from "../../../src/messagelog/evidence/package-write.ts";
import { verifyJoined } from "../../../src/messagelog/evidence/verify-joined.ts";
import { openLogReader } from "../../../src/store/sqlite/log-reader.ts";
import { damaged } from "../../messagelog/evidence-tampering.ts";
import { checkAnswer } from "../country/expectation.ts";
import { badge, clients, services } from "../country/plan.ts";
import type { Door } from "../country/raw-http.ts";
import { pathOf, SmallCountry } from "../country.ts";

/*
 * One side asks the other for its evidence of an exchange in which both took part, over the exchange itself; both
 * packages together prove what both sides' logs hold.
 */

const country = await SmallCountry.start(t, {
  answering: { clients: [{ id: clients.population, authentication: "http" }] },
});
const answeringDoor = (): Door => ({ port: country.answering.gateway.ports.http! });
const sealAll = () => Promise.all([country.asking.gateway.sealNow(), country.answering.gateway.sealNow()]);

async function exchange(path = pathOf(services.open, "/a")): Promise<string> {
  return (await country.ask({ path })).header("Sealway-Exchange-Id")!;
}

const theirs = (id: string, service = "evidence") =>
  `/r1/${clients.population}/sealway.${service}/exchanges/${id}`;
const own = async (id: string) => (await country.ask({ path: `/evidence/${id}` })).body;

const mine = await exchange();
const another = await exchange();
const refused = (await country.ask({ path: pathOf(services.partly, "/uncovered") })).header(
  "Sealway-Exchange-Id",
)!;
await sealAll();
const at = country.clock.now() + 60_000;

t.test("the consumer gets the provider's package, heads left out; the read is recorded there", async (t) => {
  const seen = await country.watch(() => country.ask({ path: theirs(mine) }));
  t.equal(seen.result.status, 200);
  t.equal(seen.result.header("Content-Type"), "application/zip");
  t.same(
    seen.answering.map(({ what }) => what),
    ["received request", "sent response"],
    "an exchange like any other",
  );
  t.equal(seen.calls, 0, "no information system hears of it");
  const files = [...(await readPackage(seen.result.body)).keys()];
  t.ok(files.includes("request/head.sha256") && !files.includes("request/head"));
  const log = openLogReader(`${country.answering.stateDirectory}/log`);
  const [access] = await log.documentsOf("access");
  log.close();
  t.match(parseStatement<LogAccess>(access!.bytes, accessType).payload, {
    who: clients.benefits,
    what: [mine],
  });
});

t.test("any subsystem of the member may ask, and the provider asks the consumer", async (t) => {
  t.equal((await country.ask({ path: theirs(mine), client: clients.inspection })).status, 200);
  const path = `/r1/${clients.benefits}/sealway.evidence/exchanges/${mine}`;
  t.equal((await country.ask({ path, client: clients.population }, answeringDoor())).status, 200);
});

t.test("a third member, an unknown exchange and another member's part are refused alike", async (t) => {
  for (const [name, ask] of [
    ["a third member", { path: theirs(mine), client: clients.onboarding }],
    ["unknown", { path: theirs(uuidV7(country.clock.now())) }],
    ["no id", { path: theirs("x") }],
    [
      "at a member that had no part in it",
      { path: theirs(mine).replace(clients.population, clients.business) },
    ],
  ] as const) {
    const answer = await country.ask(ask);
    checkAnswer(t, answer, { code: "access_denied", hop: "provider", rule: "builtin.party" });
    const detail = "no exchange of this id was between the member that asks and the member asked";
    t.ok(String(answer.json().message).endsWith(detail), name);
  }
});

t.test("what is not time-stamped yet is asked for again", async (t) => {
  const id = await exchange();
  const answer = await country.ask({ path: theirs(id) });
  t.same([answer.status, answer.header("Retry-After")], [503, "30"]);
  await sealAll();
  t.equal((await country.ask({ path: theirs(id) })).status, 200);
});

t.test("what became of an exchange is told to the member that began it", async (t) => {
  const answer = await country.ask({ path: theirs(mine, "status") });
  t.same(answer.json(), { exchange: mine, state: "response", code: null });
  const denied = await country.ask({ path: theirs(refused, "status") });
  t.same(denied.json(), { exchange: refused, state: "refusal", code: "access_denied" });
  const third = await country.ask({ path: theirs(mine, "status"), client: clients.onboarding });
  checkAnswer(t, third, { code: "access_denied", hop: "provider", rule: "builtin.party" });
});

/** A command with what it wrote: the tests' own words go to the same place. */
async function told(t: Test, command: () => Promise<number>) {
  const out = t.capture(process.stdout, "write", () => true);
  const err = t.capture(process.stderr, "write", () => true);
  try {
    const code = await command();
    return { code, text: [...out(), ...err()].map(({ args }) => String(args[0])).join("") };
  } finally {
    out.restore();
    err.restore();
  }
}

t.test("on the command line: fetch the other side's package, and verify both", async (t) => {
  const directory = t.testdir({ token: badge });
  const gateway = `http://127.0.0.1:${country.asking.gateway.ports.http}`;
  const reader = ["--who", "auditor-1", "--why", "complaint 7"];
  const common = [
    "--config",
    country.asking.configurationFile,
    "--other-side",
    "--gateway",
    gateway,
    ...reader,
  ];
  const fetchOther = (id: string, name: string, ...more: string[]) =>
    told(t, () => evidence([...common, "--out", join(directory, name), ...more, id]));
  t.equal((await fetchOther(mine, "there.zip")).code, 0);
  writeFileSync(join(directory, "here.zip"), await own(mine));
  const { code, text } = await told(t, () => {
    return verify([join(directory, "here.zip"), join(directory, "there.zip")]);
  });
  t.equal(code, 0);
  t.match(text, /^ok +sides-agree +both\/request$/m);
  t.match(text, /^VALID/m);
  const headers = ["Proxy-Authorization", `Bearer ${badge}`];
  const path = pathOf(services.open, "/a");
  const badged = await country.ask({ path, client: clients.badged, headers });
  const id = badged.header("Sealway-Exchange-Id")!;
  await sealAll();
  const refusal = await fetchOther(id, "refused.zip");
  t.equal(refusal.code, 1, "without the token");
  t.match(refusal.text, /client_authentication_required/);
  t.equal((await fetchOther(id, "badged.zip", "--token-file", join(directory, "token"))).code, 0);
  await t.rejects(fetchOther(uuidV7(country.clock.now()), "unknown.zip"), /no record of exchange/);
});

const joinedCodes = (findings: readonly Finding[]) =>
  findings.filter(({ place }) => place.startsWith("both")).map(({ code, place }) => `${code} ${place}`);

t.test("both packages joined are valid: the same messages, in both logs, each time-stamped", async (t) => {
  const { body } = await country.ask({ path: theirs(mine) });
  const joined = await verifyJoined([await own(mine), body], { at });
  t.equal(joined.verdict, "valid");
  t.same(joinedCodes(joined.findings), [
    "sides-agree both/request",
    "sides-agree both/answer",
    "sides-both-timed both/request",
    "sides-both-timed both/response",
  ]);
  t.ok(joined.findings.some(({ place }) => place.startsWith("first/request")));
  t.ok(joined.findings.some(({ place }) => place.startsWith("second/response")));
});

t.test("a refusal is the same on both sides", async (t) => {
  const { body } = await country.ask({ path: theirs(refused) });
  const joined = await verifyJoined([await own(refused), body], { at });
  t.equal(joined.verdict, "valid");
  t.ok(joinedCodes(joined.findings).includes("sides-agree both/answer"));
});

t.test("tampered, of another exchange, of one log: told", async (t) => {
  const mineHere = await own(mine);
  const { body: mineThere } = await country.ask({ path: theirs(mine) });
  const { body: anotherThere } = await country.ask({ path: theirs(another) });
  const files = new Map(await readPackage(mineThere));
  const text = files.get("response/exchange")!.toString().replace('"verdict":"permit"', '"verdict":"denied"');
  files.set("response/exchange", Buffer.from(text));
  const tampered = await verifyJoined([mineHere, await writePackage(files)], { at });
  t.equal(tampered.verdict, "invalid");
  t.ok(joinedCodes(tampered.findings).includes("sides-differ both/answer"));
  const other = await verifyJoined([mineHere, anotherThere], { at });
  t.same([other.verdict, joinedCodes(other.findings)], ["invalid", ["sides-other-exchange both"]]);
  const twice = await verifyJoined([mineHere, mineHere], { at });
  t.ok(joinedCodes(twice.findings).includes("sides-one-log both"));
  const noZip = await verifyJoined([mineHere, Buffer.from("no zip")], { at });
  t.same([noZip.verdict, joinedCodes(noZip.findings)], ["unusable", []]);
});

t.test(
  "when one side holds the answer and the other its own conclusion, it got lost on its way",
  async (t) => {
    const lost = await damaged(await own(mine), (files) => {
      const document = JSON.parse(files.get("response/exchange")!.toString());
      const concluded = {
        ...document,
        ...{ type: "fault", signerRole: "client", from: document.to, contentKind: null, agreement: null },
        decision: { code: null, fieldsRemoved: [], verdict: "none" },
        fault: { code: "peer_cut_off", hop: "consumer" },
      };
      for (const [path, bytes] of [...files].filter(([path]) => path.startsWith("response/"))) {
        files.delete(path);
        files.set(path.replace("response/", "fault/"), bytes);
      }
      files.set("fault/exchange", Buffer.from(canonicalJson(concluded)));
    });
    const joined = await verifyJoined([lost, (await country.ask({ path: theirs(mine) })).body], { at });
    t.ok(joinedCodes(joined.findings).includes("sides-answer-not-received both/answer"));
  },
);

t.test("a message that one side lacks is not confirmed by it", async (t) => {
  const queryId = "half";
  const answer = await country.ask({ path: pathOf(services.open, "/a"), headers: ["X-Road-Id", queryId] });
  const id = answer.header("Sealway-Exchange-Id")!;
  await sealAll();
  const names = "xRoadInstance=DEV&memberClass=GOV&memberCode=10000003&subsystemCode=benefits";
  const half = await country.ask({ path: `/asic?${names}&queryId=${queryId}&requestOnly` });
  const joined = await verifyJoined([half.body, (await country.ask({ path: theirs(id) })).body], { at });
  t.same(
    [joined.verdict, joinedCodes(joined.findings)],
    [
      "valid",
      ["sides-agree both/request", "sides-message-one-sided both/answer", "sides-both-timed both/request"],
    ],
  );
});
