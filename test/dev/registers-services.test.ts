import { once } from "node:events";
import { get as httpGet, request as httpRequest, type IncomingMessage } from "node:http";
import t, { type Test } from "tap";
import { castOf } from "../../src/dev/registers/cast.ts";
import { defaultSeed, findPerson, generateCountry } from "../../src/dev/registers/country.ts";
import { type RegisterName, registerTable } from "../../src/dev/registers/register-table.ts";
import { startRegister } from "../../src/dev/registers/start-register.ts";

const now = Date.parse("2026-11-22T12:00:00Z");
const country = generateCountry(defaultSeed);
const cast = castOf(country, now);
const nobody = "38001010015";

async function start(t: Test, name: RegisterName) {
  const register = await startRegister({ name, port: 0, country, clock: { now: () => now } });
  t.teardown(() => register.close());
  return register;
}

type Body = Record<string, unknown>;

async function ask(url: string, init?: RequestInit): Promise<{ status: number; body: Body }> {
  const response = await fetch(url, init);
  return { status: response.status, body: (await response.json()) as Body };
}

t.test("the Population Register tells a person and the family", async (t) => {
  const { url } = await start(t, "population");
  const person = findPerson(country, cast.parent)!;
  t.match((await ask(`${url}/persons/${cast.parent}`)).body, {
    code: cast.parent,
    name: { given: person.given, family: person.family },
    birth: { date: person.born },
    status: "alive",
    address: { town: person.address.town, street: person.address.street, since: person.residentSince },
  });
  t.match((await ask(`${url}/persons/${cast.deceased}`)).body, {
    status: "deceased",
    died: /^\d{4}-\d\d-\d\d$/,
  });
  const { body } = await ask(`${url}/persons/${cast.parent}/family`);
  t.match(body, { spouse: { code: person.spouse, married: person.married } });
  t.same(
    (body.children as { code: string }[]).map(({ code }) => code),
    person.children,
  );
  const found = await ask(`${url}/persons/search`, {
    method: "POST",
    body: JSON.stringify({ family: person.family.toUpperCase(), born: person.born }),
  });
  t.match(found, { status: 200, body: { found: 1, persons: [{ code: cast.parent }] } });
});

t.test("what is not there is a 404 with a JSON error that repeats no personal code", async (t) => {
  const paths: [RegisterName, string, string][] = [
    ["population", `/persons/${nobody}`, "unknown_person"],
    ["population", `/persons/${nobody}/family`, "unknown_person"],
    ["population", "/persons/38001010014", "not_a_personal_code"],
    ["population", "/persons/%zz", "no_such_path"],
    ["population", "/persons/", "no_such_path"],
    ["tax", `/income/${nobody}`, "unknown_person"],
    ["tax", `/accounts/${nobody}`, "unknown_person"],
    ["tax", `/accounts/${cast.child}`, "no_account"],
    ["benefits", `/entitlements/${nobody}/today`, "unknown_person"],
    ["business", "/companies/99999999", "unknown_company"],
    ["diplomas", `/degrees/${nobody}`, "unknown_person"],
    ["archive", "/decisions/..%2f..%2fetc/scan", "unknown_decision"],
  ];
  for (const [name, path, error] of paths) {
    const { url, close } = await start(t, name);
    const { status, body } = await ask(url + path);
    t.match({ status, body }, { status: 404, body: { error } }, path);
    t.notMatch(JSON.stringify(body), /\d{11}/);
    await close();
  }
});

t.test("another method is a 405 that names the right one", async (t) => {
  const { url } = await start(t, "business");
  const response = await fetch(`${url}/companies/${cast.published}`, { method: "DELETE" });
  t.match([response.status, response.headers.get("allow")], [405, "GET"]);
});

t.test("a search that cannot be read is a 400", async (t) => {
  const { url } = await start(t, "population");
  for (const body of [
    "",
    "null",
    "[]",
    '{"family":1}',
    '{"family":"A","born":1}',
    `{"family":"${"x".repeat(5000)}"}`,
  ]) {
    t.match(await ask(`${url}/persons/search`, { method: "POST", body }), {
      status: 400,
      body: { error: "bad_search" },
    });
  }
});

t.test("the Tax Board tells incomes of a period, and the account", async (t) => {
  const { url } = await start(t, "tax");
  const { body } = await ask(`${url}/income/${cast.parent}?from=2026-01&to=2026-03`);
  const months = body.months as { month: string; employer: string; grossCents: number }[];
  t.same(
    months.map(({ month }) => month),
    ["2026-01", "2026-02", "2026-03"],
  );
  t.equal(
    body.totalCents,
    months.reduce((sum, { grossCents }) => sum + grossCents, 0),
  );
  t.ok(country.companyByCode.has(months[0]!.employer));
  t.equal(((await ask(`${url}/income/${cast.parent}`)).body.months as []).length, 24);
  t.same((await ask(`${url}/income/${cast.child}`)).body.months, []);
  for (const period of ["from=2026-13", "from=2026-03&to=2026-01", "to=yesterday"]) {
    t.match(
      await ask(`${url}/income/${cast.parent}?${period}`),
      { status: 400, body: { error: "bad_period" } },
      period,
    );
  }
  t.match((await ask(`${url}/accounts/${cast.parent}`)).body, { account: /^DV\d{18}$/ });
});

t.test("Benefits answers yes or no, or with the whole record", async (t) => {
  const { url } = await start(t, "benefits");
  const today = async (code: string, query = "") =>
    (await ask(`${url}/entitlements/${code}/today${query}`)).body;
  t.same(await today(cast.parent), { entitled: true, on: "2026-11-22" });
  t.same(await today(cast.parent, "?benefit=child-allowance"), { entitled: true, on: "2026-11-22" });
  t.same(await today(cast.parent, "?benefit=old-age-pension"), { entitled: false, on: "2026-11-22" });
  t.same(await today(cast.notEntitled), { entitled: false, on: "2026-11-22" });
  t.same(await today(cast.deceased), { entitled: false, on: "2026-11-22" });
  t.match(await today(cast.parent, "?benefit=gold"), { error: "unknown_benefit" });
  const { entitlements } = (await ask(`${url}/entitlements/${cast.parent}`)).body;
  t.match(entitlements, [{ decision: /^SB-\d{4}-\d{6}$/, benefit: "child-allowance", monthlyCents: 8_000 }]);
});

t.test("an entitlement ends on its day", async (t) => {
  const { until } = country.entitlements.get(cast.parent)!.find(({ child }) => child === cast.child)!;
  for (const [days, entitled] of [
    [-1, true],
    [0, false],
  ] as const) {
    const clock = { now: () => Date.parse(until!) + days * 86_400_000 };
    const only = country.entitlements.get(cast.parent)!.filter(({ child }) => child === cast.child);
    const held = { ...country, entitlements: new Map([[cast.parent, only]]) };
    const register = await startRegister({ name: "benefits", port: 0, country: held, clock });
    t.match((await ask(`${register.url}/entitlements/${cast.parent}/today`)).body, { entitled });
    await register.close();
  }
});

t.test("the Business Register publishes what may be published", async (t) => {
  const { url } = await start(t, "business");
  const published = await ask(`${url}/companies/${cast.published}`);
  t.match(published, {
    status: 200,
    body: { code: cast.published, board: [{ role: "chair", code: /^\d{11}$/ }] },
  });
  const { body } = await ask(`${url}/companies/${cast.boardWithheld}`);
  t.match(body, { code: cast.boardWithheld, withheld: ["board"] });
  t.notOk("board" in body);
  const excluded = await ask(`${url}/companies/${cast.excluded}`);
  t.match(excluded, { status: 451, body: { error: "not_published" } });
  t.notMatch(JSON.stringify(excluded.body), country.companyByCode.get(cast.excluded)!.name);
});

t.test("the Education Agency tells degrees, none as an empty list", async (t) => {
  const { url } = await start(t, "diplomas");
  t.match((await ask(`${url}/degrees/${cast.parent}`)).body, {
    degrees: [{ level: "bachelor", diploma: /^[A-Z]{3}-/ }],
  });
  t.same((await ask(`${url}/degrees/${cast.child}`)).body, { code: cast.child, degrees: [] });
});

t.test("the echo gives back bytes, media type and length, short or long", async (t) => {
  const { url } = await start(t, "echo");
  for (const length of [0, 1, 1024, 65_536, 65_537, 3_000_000]) {
    const body = Buffer.alloc(length, "ä");
    const response = await fetch(`${url}/echo`, {
      method: "POST",
      body,
      headers: { "content-type": "text/x-test" },
    });
    t.equal(response.headers.get("content-type"), "text/x-test");
    t.equal(response.headers.get("content-length"), String(length));
    t.ok(Buffer.from(await response.arrayBuffer()).equals(body), `${length} bytes`);
  }
  t.equal((await (await fetch(`${url}/echo`)).arrayBuffer()).byteLength, 1024);
  t.match((await ask(`${url}/echo?bytes=100`)).body, { echo: "x".repeat(89) });
  t.match(await ask(`${url}/echo?bytes=-1`), { status: 400 });
});

t.test("any status, with a body where it may have one", async (t) => {
  const { url } = await start(t, "echo");
  for (const status of [200, 404, 429, 503])
    t.match(await ask(`${url}/status/${status}`), { status, body: { status } });
  for (const status of [204, 304]) t.equal((await fetch(`${url}/status/${status}`)).status, status);
  t.match(await ask(`${url}/status/99`), { status: 400, body: { error: "bad_status" } });
});

t.test("slow waits, and a register that closes does not", async (t) => {
  const register = await start(t, "echo");
  const before = performance.now();
  t.same((await ask(`${register.url}/slow?ms=80`)).body, { waitedMs: 80 });
  t.ok(performance.now() - before >= 79);
  const arrived = new Promise<void>((resolve) => {
    const look = () => (register.calls.get("GET /slow") === 2 ? resolve() : void setImmediate(look));
    look();
  });
  const slow = t.rejects(fetch(`${register.url}/slow?ms=600000`), "the connection breaks");
  await arrived;
  await register.close();
  await slow;
});

t.test("cut breaks off in the middle of the body that it announced", async (t) => {
  const { url } = await start(t, "echo");
  for (const after of [0, 1000]) {
    const [response] = (await once(httpGet(`${url}/cut?after=${after}`), "response")) as [IncomingMessage];
    t.equal(response.headers["content-length"], "65536");
    let received = 0;
    const reading = (async () => {
      for await (const block of response) received += block.length;
    })();
    await t.rejects(reading, { code: "ECONNRESET" });
    t.equal(received, after);
  }
});

t.test("calls are counted by path template, and the last request is seen as it arrived", async (t) => {
  const register = await start(t, "population");
  t.equal(register.lastRequest(), undefined);
  t.ok([...register.calls.values()].every((count) => count === 0));
  const headers = { "X-Road-Client": "DEV/GOV/10000003/benefits", "X-Road-Id": "42" };
  await ask(`${register.url}/persons/${cast.parent}?fields=name`, { headers });
  await ask(`${register.url}/persons/${cast.child}`, { headers });
  await ask(`${register.url}/nothing`);
  await fetch(`${register.url}/persons/${cast.child}?x=1`, { method: "HEAD", headers });
  t.equal(register.calls.get("GET /persons/{code}"), 3);
  t.equal(register.calls.get("unmatched"), 1);
  t.match(register.lastRequest(), {
    method: "HEAD",
    target: `/persons/${cast.child}?x=1`,
    headers: { "x-road-client": headers["X-Road-Client"], "x-road-id": "42" },
  });
});

t.test("a caller that leaves in the middle of an upload harms nobody", async (t) => {
  const { url } = await start(t, "archive");
  const upload = httpRequest(`${url}/decisions`, {
    method: "POST",
    headers: { "content-length": 1_000_000 },
  });
  upload.on("error", () => {});
  await new Promise((resolve) => upload.write(Buffer.alloc(1000), resolve));
  upload.destroy();
  const warned: unknown[] = [];
  process.on("warning", (warning) => warned.push(warning));
  t.match(await ask(`${url}/decisions`, { method: "POST", body: "abc" }), {
    status: 201,
    body: { bytes: 3, sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
  });
  t.same(warned, []);
});

t.test("the table names each path once, and every name starts", async (t) => {
  for (const name of Object.keys(registerTable) as RegisterName[]) {
    const { url, calls, close } = await start(t, name);
    t.match(url, /^http:\/\/127\.0\.0\.1:\d+$/);
    t.equal(calls.size, registerTable[name].routes.length);
    await close();
    await close();
  }
});
