import t, { type Test } from "tap";
import { uuidV7 } from "../../src/core/uuid.ts";
import { readPackage } from "../../src/messagelog/evidence/package-read.ts";
import { AdminScene } from "../admin/admin-scene.ts";
import { byRogueUnder, forgeRequest, realRequest } from "../exchange/country/forgery.ts";
import { Peer } from "../exchange/country/peer.ts";
import {
  answeringServer,
  bank,
  benefitsAgency,
  clients,
  type PlannedService,
  services,
} from "../exchange/country/plan.ts";
import { pathOf } from "../exchange/country.ts";
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
import { ConsoleBrowser, type ConsolePage } from "./console-browser.ts";

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

t.test("a refusal says which rule decided, and a call without an answer where it ended", async (t) => {
  const browser = await ConsoleBrowser.of(scene, auditor.key);
  const pageOf = async (service: PlannedService) => {
    const { asking } = await country.watch(() => country.ask({ path: pathOf(service, "/uncovered") }));
    const exchange = asking.at(-1)!.document.id;
    return {
      account: (await get(`/exchanges/${exchange}`, auditor)).body,
      page: await browser.load(`/exchanges/${exchange}`),
    };
  };
  const refused = await pageOf(services.partly);
  t.match(refused.account.decision, { verdict: "deny", code: "access_denied" });
  t.match(refused.page.text, /forbidden[\s\S]*access_denied/);
  const failed = await pageOf(services.down);
  t.equal(failed.account.decision?.verdict ?? "none", "none");
  t.match(failed.account.fault, { hop: String });
  t.match(failed.page.text, new RegExp(failed.account.fault.code));
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

t.test(
  "an auditor finds, explains, verifies and exports an exchange on the pages, without scripts",
  async (t) => {
    const browser = await ConsoleBrowser.of(scene, auditor.key);
    const start = await browser.load("/");
    t.match(start.text, /href="\/exchanges"/, "the navigation leads there");
    const list = await browser.load(`/exchanges?purpose=letters&since=2020-01-01T00%3A00&consumer=`);
    t.match(list.text, owners);
    t.match(list.text, /value="letters"/, "what was sought stays");
    const page = await browser.load(`/exchanges/${owners}`);
    t.equal(page.status, 200);
    t.ok(page.text.length < 150_000, `${page.text.length} characters`);
    for (const said of [
      ...[/Letters/, /benefits/, /\/income/, /agreement\.purpose/, /passed/, /not known/, /time-stamped/],
      ...[/<svg [^>]*role="img"/, /root, time-stamped/, /advanced|ES256/],
    ])
      t.match(page.text, said);
    t.notMatch(page.text, new RegExp(`${person}|${user}|<script`));
    const verified = await browser.submit(page, "/verification", { sides: "both", reason: "Case 7" });
    t.match(verified.text, /Valid/);
    // Rows are told apart by where and by whose clock, and stand in the order of time.
    const rows = (text: string) =>
      [...text.matchAll(/<tr><th scope="row"><time datetime="([^"]+)">.*?<\/th>(.*?)<\/tr>/gs)].map(
        ([, time, cells]) => [time!, ...cells!.replaceAll("</td>", "").split("<td>").slice(1)],
      );
    const other = "the other side's signer's: its word, under its seal".replaceAll("'", "&#39;");
    const sealed = rows(page.text).filter(([, where]) => where === answeringServer);
    t.match(
      sealed,
      [[String, answeringServer, "The answer was sealed", other]],
      "what its signed answer tells",
    );
    t.notMatch(page.text, /of the other side: this is proven/);
    const joined = rows(verified.text);
    t.strictSame(
      joined,
      joined.toSorted(([a], [b]) => (a! < b! ? -1 : a! > b! ? 1 : 0)),
    );
    const stamped = joined.filter(([, where, , clock]) => where === answeringServer && clock !== other);
    const proven = "the time-stamping authority&#39;s of the other side: this is proven";
    t.strictSame(
      stamped.map(([, , what, clock]) => [what, clock]),
      [
        ["The request was time-stamped", proven],
        ["The answer was time-stamped", proven],
      ],
    );
    t.equal(joined.length, rows(page.text).length + 2, "and all of this side");
    const own = await browser.submit(page, "/verification", { sides: "own", reason: "Case 7" });
    t.strictSame(rows(own.text), [], "one side has nothing to be joined with");
    const refused = await browser.submit(page, "/evidence", { heads: "shown", reason: "Case 7" });
    t.equal(refused.status, 403);
    t.match(refused.text, /role="alert"[\s\S]*mandate_missing/);
    t.match(refused.text, /value="Case 7"/, "what was filled in stays");
    const taken = await browser.submit(page, "/evidence", { heads: "withheld", reason: "Case 7" });
    t.match(taken.headers["content-disposition"], new RegExp(`${owners}\\.zip`));
    const fetched = await browser.submit(page, "/other-side", { reason: "Case 7" });
    t.match(fetched.headers["content-disposition"], /other-side\.zip/);
    const zip = await browser.submit(list, "/exchanges/export", { format: "csv", reason: "Case 7" });
    t.match(zip.headers["content-disposition"], /exchanges\.zip/);
    const wrong = await browser.load("/exchanges?exchangeId=none");
    t.equal(wrong.status, 400);
    t.match(wrong.text, /role="alert"[\s\S]*value="none"/, "the form is there again");
  },
);

t.test("a refused export of a person's search stays one: the next press exports no more", async (t) => {
  const browser = await ConsoleBrowser.of(scene, bankDpo.key);
  const start = await browser.load("/exchanges/search");
  t.match(start.text, />Reason <small>\(required\)<\/small>/, "of one field it is said that it is required");
  t.notMatch(start.text, /may be empty/, "and not of nine others that they are not");
  const sought = { scheme, value: "nobody", queryId: "q-1", status: "2xx", permission: "A".repeat(43) };
  const found = await browser.submit(start, "/search", { ...sought, consumer: bank, reason: "Case 7" });
  t.match(found.text, /There is nothing to show/);
  let page = found;
  for (const attempt of ["first", "second"]) {
    page = await browser.submit(page, "/exchanges/export", { format: "csv", reason: " " });
    t.equal(page.status, 400, attempt);
    for (const [name, value] of Object.entries({ ...sought, consumer: bank })) {
      t.match(
        page.text,
        `type="hidden" name="${name}" value="${value}"`,
        `${attempt}: ${name} is sent again`,
      );
      t.match(page.text, new RegExp(`name="${name}" type="text" value="${value}"`), `${name} is shown`);
    }
  }
  const zip = await browser.submit(page, "/exchanges/export", { format: "csv", reason: "Case 7" });
  t.match(zip.headers["content-disposition"], /exchanges\.zip/);
  const { entries } = (await get("/audit?limit=1000", bankDpo)).body;
  const route = "POST /api/v1/exchanges/export";
  t.match(entries.find((one: { route: string }) => one.route === route)?.fact, { results: 0 });
  const list = await browser.load(`/exchanges?consumer=${encodeURIComponent(bank)}`);
  const refused = await browser.submit(list, "/exchanges/export", { format: "csv", reason: " " });
  t.match(refused.text, new RegExp(`name="consumer" type="text" value="${bank}"`), "of a plain search, too");
});

t.test("an exchange id that was used twice: each link leads to the exchange that it names", async (t) => {
  const real = await realRequest(country, {
    client: clients.inspection,
    path: pathOf(services.own, "/twice"),
  });
  const { id } = real.document;
  const rogue = new Peer(country, country.rogue.tls, country.asking.gateway.ports.peer);
  t.teardown(() => rogue.close());
  const again = await rogue.send(await forgeRequest(country, real, byRogueUnder(country, id)));
  t.equal(again.signed?.document.id, id);
  await country.asking.gateway.sealNow();
  const browser = await ConsoleBrowser.of(scene, dpo.key);
  const links = ({ text }: ConsolePage) => [
    ...new Set([...text.matchAll(/href="(\/exchanges\/[0-9a-f]{8}-[^"&]+)"/g)].map(([, path]) => path!)),
  ];
  const listed = links(await browser.load(`/exchanges?exchangeId=${id}`));
  t.equal(listed.length, 2, listed.join(" "));
  for (const path of listed) {
    const client = new URL(path, scene.url).searchParams.get("client")!;
    const page = await browser.load(path);
    t.match(page.text, `${client} asked ${services.own.id}`);
    t.match(page.text, `this page is about that of ${client}.`);
    t.strictSame(
      links(page),
      listed.filter((link) => link !== path),
    );
    const opened = await browser.submit(page, "/openings", { names: "request-line", reason: "Case 7" });
    const verified = await browser.submit(page, "/verification", { sides: "own", reason: "Case 7" });
    for (const answer of [opened, verified]) t.ok(links(answer).includes(path), "and the way back, too");
  }
});

t.test("XSS: what a member's clients chose is text on every page", async (t) => {
  const browser = await ConsoleBrowser.of(scene, dpo.key);
  const page = await browser.load(`/exchanges/${owners}`);
  const names = { names: "caseReference", reason: attack };
  const opened = await browser.submit(page, "/openings", names);
  t.match(opened.text, /&lt;script&gt;alert/);
  const sought = await browser.submit(await browser.load("/exchanges/search"), "/exchanges/search", {
    ...{ scheme, value: person, reason: attack },
  });
  t.match(sought.text, owners);
  const kept = await browser.load(`/exchanges?consumer=${encodeURIComponent(`"><script>1</script>`)}`);
  for (const { text } of [page, opened, sought, kept]) t.notMatch(text, /<script|onerror=/);
  t.equal(kept.status, 200);
  t.notMatch(sought.path, person, "no address names a person");
});

t.test("enumeration on the pages: what is another member's, or restricted, is not there", async (t) => {
  const browser = await ConsoleBrowser.of(scene, bankDpo.key);
  const pages = await Promise.all(
    [uuidV7(0), owners, hidden].map((exchange) => browser.load(`/exchanges/${exchange}`)),
  );
  const said = pages.map(({ status, text }) => [status, text.replaceAll(/[0-9a-f-]{36}/g, "ID")]);
  t.equal(said[0]![0], 404);
  t.strictSame(said[1], said[0]);
  t.strictSame(said[2], said[0]);
  const list = await browser.load("/exchanges");
  t.match(list.text, banks);
  t.notMatch(list.text, new RegExp(`${owners}|${hidden}`));
});

t.test("one officer proposes to hold an exchange, another one confirms it", async (t) => {
  const browser = await ConsoleBrowser.of(scene, dpo.key);
  const page = await browser.load(`/exchanges/${owners}`);
  const hold = { case: `17 ${attack}`, authority: "A court", review: "2999-01-01", reason: "Case 17" };
  const proposed = await browser.submit(page, "/hold", hold);
  t.equal(proposed.path, "/holds?done=ordered");
  t.match(proposed.text, /17 &lt;script&gt;/);
  t.notMatch(proposed.text, /<script/);
  const proposal = /<option value="([^"]+)">hold /.exec(proposed.text)![1]!;
  t.notMatch(proposed.text, /\/confirmation/, "whoever proposed it is not offered to confirm it");
  const other = await ConsoleBrowser.of(scene, (await scene.user("approver")).key);
  const given = { proposal, reason: "Looked at" };
  const confirmed = await other.submit(await other.load("/holds"), "/confirmation", given);
  t.equal(confirmed.path, "/holds?done=changed", confirmed.text);
  t.match(confirmed.text, /in force[\s\S]*A court[\s\S]*2999-01-01/);
  const held = /action="\/holds\/lift"[\s\S]*?<option value="([^"]+)"/;
  const lifting = await browser.load("/holds");
  const hold17 = held.exec(lifting.text)![1]!;
  const asked = await browser.submit(lifting, "/lift", { hold: hold17, reason: "It is over" });
  t.equal(asked.path, "/holds?done=ordered", asked.text);
  const lift = /<option value="([^"]+)">lift /.exec(asked.text)![1]!;
  const seconded = { proposal: lift, reason: "Looked at" };
  const lifted = await other.submit(await other.load("/holds"), "/confirmation", seconded);
  t.equal(lifted.path, "/holds?done=changed", lifted.text);
  t.match(lifted.text, new RegExp(`<td>lifted</td>.*?<small>${hold17}`, "s"));
  t.notMatch((await browser.load("/holds")).text, held, "it cannot be lifted twice");
});

t.test("a hold of all between two is proposed, and dropped by whoever proposed it", async (t) => {
  const browser = await ConsoleBrowser.of(scene, dpo.key);
  const hold = { case: "18", authority: "A court", review: "2999-01-01" };
  const pair = { consumer: clients.benefits, provider: clients.population };
  const proposed = await browser.submit(await browser.load("/holds"), "/holds", {
    ...hold,
    ...pair,
    reason: "Case 18",
  });
  t.equal(proposed.path, "/holds?done=ordered", proposed.text);
  const proposal = /<option value="([^"]+)">hold /.exec(proposed.text)![1]!;
  const dropped = await browser.submit(proposed, "/drop", { proposal });
  t.equal(dropped.path, "/holds?done=ended", dropped.text);
  t.match(dropped.text, new RegExp(`<td>dropped</td>.*?<small>${proposal}`, "s"));
  t.notMatch(dropped.text, /<option value="[^"]+">hold /, "nothing waits any more");
});

t.test("the pages speak Chinese", async (t) => {
  const browser = await ConsoleBrowser.of(scene, auditor.key, { "accept-language": "zh-CN" });
  const page = await browser.load(`/exchanges/${owners}`);
  t.match(page.text, /<html lang="zh-Hans">/);
  t.match(page.text, /时间线/);
});

t.test("no page of these is for who may not search the log", async (t) => {
  const developer = await scene.user("service-developer");
  const observer = await scene.user("observer");
  const may = async (key: string, path: string) =>
    (await (await ConsoleBrowser.of(scene, key)).load(path)).status;
  t.equal(await may(developer.key, "/exchanges"), 403);
  t.equal(await may(developer.key, `/exchanges/${owners}`), 403);
  t.equal(await may(observer.key, "/exchanges"), 200);
  const seen = await (await ConsoleBrowser.of(scene, observer.key)).load(`/exchanges/${owners}`);
  t.equal(seen.status, 200);
  t.notMatch(seen.text, /method="post" action="\/exchanges/, "an observer only looks");
});
