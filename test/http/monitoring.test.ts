import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { businessRegister, clients, populationRegister, services } from "../exchange/country/plan.ts";
import type { CountryServer } from "../exchange/country/server.ts";
import { pathOf, SmallCountry } from "../exchange/country.ts";
import { healthOf } from "../exchange/failure/health.ts";
import { mountSmallDisk, whyNoSmallDisk } from "../exchange/failure/small-disk.ts";

/* Operational monitoring over REST: what a row says, who sees it, and what becomes of it when the server does not. */

const http = (id: string) => ({ id, authentication: "http" });
const country = await SmallCountry.start(t, {
  answering: {
    clients: [
      ...[populationRegister, clients.population, clients.business].map(http),
      { id: businessRegister },
    ],
  },
});
const { asking, answering, clock } = country;
const person = "46808039945";

type Row = Readonly<Record<string, unknown>>;

/** Asks a server for monitoring. */
async function monitoring(server: CountryServer, client: string, rest: string) {
  const door = { port: server.gateway.ports.http! };
  return country.ask({ path: `/monitoring/v1/${rest}`, client }, door);
}

async function rowsOf(server: CountryServer, client: string, query = ""): Promise<readonly Row[]> {
  const answer = await monitoring(server, client, `operational-data${query}`);
  if (answer.status !== 200) throw new Error(`${answer.status} ${answer.body}`);
  return answer.json().records as readonly Row[];
}

/** The rows of one exchange. */
async function rowOf(server: CountryServer, client: string, id: string | undefined): Promise<readonly Row[]> {
  return (await rowsOf(server, client, "?limit=10000")).filter(({ xRequestId }) => xRequestId === id);
}

const ask = (service: { readonly id: string } = services.open, more: object = {}) =>
  country.ask({ path: pathOf(service, "/a"), ...more });

t.test("both sides have a row with X-Road's fields", async (t) => {
  country.register.answer({ status: 404, body: "0123456789" });
  const body = "0123456789abcdef";
  const headers = ["X-Road-Id", "query-1", "X-Road-UserId", person, "X-Road-Issue", `case ${person}`];
  const answer = await ask(services.open, { method: "POST", body, headers });
  country.register.answer();
  const id = answer.header("Sealway-Exchange-Id");
  const shared = {
    securityServerInternalIp: "127.0.0.1",
    ...{ clientXRoadInstance: "DEV", clientMemberClass: "GOV", clientMemberCode: "10000003" },
    clientSubsystemCode: "benefits",
    ...{ serviceXRoadInstance: "DEV", serviceMemberClass: "GOV", serviceMemberCode: "10000001" },
    ...{
      serviceSubsystemCode: "population",
      serviceCode: "open",
      serviceVersion: "1.2.3",
      serviceType: "REST",
    },
    ...{
      restMethod: "POST",
      restPath: "/**",
      messageId: "query-1",
      messageProtocolVersion: "1",
      xRequestId: id,
    },
    ...{ clientSecurityServerAddress: "127.0.0.1", serviceSecurityServerAddress: "127.0.0.1" },
    ...{ requestSize: 16, responseSize: 10, succeeded: true, statusCode: 404, outcome: "answered" },
    xRoadVersion: /^Sealway \d/,
  };
  const sides = [
    { server: asking, client: clients.benefits, type: "Client" },
    { server: answering, client: clients.population, type: "Producer" },
  ];
  for (const { server, client, type } of sides) {
    const [row, ...more] = await rowOf(server, client, id);
    t.match(row, { ...shared, securityServerType: type });
    t.same(more, []);
    const times = ["requestInTs", "requestOutTs", "responseInTs", "responseOutTs"].map(
      (name) => row![name] as number,
    );
    t.ok(
      times.every((time, i) => Number.isInteger(time) && time >= (times[i - 1] ?? 0)),
      times.join(),
    );
    const wanted = [...Object.keys(shared), "securityServerType", "monitoringDataTs"];
    t.strictSame(
      Object.keys(row!).filter((name) => !wanted.includes(name) && !name.endsWith("Ts")),
      [],
    );
  }
});

t.test("what failed has its code, and no status", async (t) => {
  const path = pathOf(services.down, "/a");
  const seen = await country.watch(() => country.ask({ path }));
  const id = seen.asking[0]!.document.id;
  const failed = { succeeded: false, outcome: "failed", faultCode: "service_unreachable" };
  const [row] = await rowOf(asking, clients.benefits, id);
  t.match(row, failed);
  t.notOk("statusCode" in row! || "responseSize" in row!);
  t.match(await rowOf(answering, clients.population, id), [failed]);
  await ask(services.expired);
  const refused = (await rowsOf(asking, clients.benefits)).at(-1);
  t.match(refused, {
    succeeded: false,
    outcome: "refused",
    faultCode: "access_denied",
    serviceCode: "expired",
  });
});

t.test("a subsystem sees no row of another", async (t) => {
  await ask(services.open, { client: clients.inspection });
  for (const client of [clients.benefits, clients.inspection]) {
    const rows = await rowsOf(asking, client);
    t.ok(rows.length > 0);
    t.strictSame([...new Set(rows.map((row) => row.clientSubsystemCode))], [client.split("/").at(-1)]);
    t.same(
      await rowsOf(
        asking,
        client,
        `?client=${client === clients.benefits ? clients.inspection : clients.benefits}`,
      ),
      [],
    );
  }
  t.same(await rowsOf(answering, clients.business), [], "nothing of the same server's other member");
  t.same(await rowsOf(asking, clients.onboarding), [], "nothing without exchanges");
  t.same(await rowsOf(answering, businessRegister).catch(({ message }) => message.slice(0, 3)), "401");
});

t.test("the server's owner sees all, but of others' exchanges not what they came to", async (t) => {
  const id = (await ask(services.companies)).header("Sealway-Exchange-Id");
  const [own] = await rowOf(answering, clients.business, id);
  t.match(own, { statusCode: 200, responseSize: 14, succeeded: true });
  const [owners] = await rowOf(answering, populationRegister, id);
  const { statusCode, responseSize, ...rest } = own!;
  t.strictSame(owners, rest);
  const ofOwn = (await ask(services.open)).header("Sealway-Exchange-Id");
  t.match(await rowOf(answering, populationRegister, ofOwn), [{ statusCode: 200 }], "its own subsystem's");
  t.same(await rowOf(answering, clients.population, id), [], "a subsystem of the owner is not the owner");
});

t.test("strangers leave no row, and what they write in a name's place stands nowhere", async (t) => {
  const count = async () => (await rowsOf(answering, populationRegister, "?limit=10000")).length;
  const before = await count();
  await ask(services.open, { client: `DEV/GOV/${person}/a` });
  await country.ask({ path: `/r1/DEV/GOV/10000001/population/${person}` });
  await country.ask({
    path: pathOf(services.persons, `/persons/${person}`),
    headers: ["X-Road-Id", `q-${person}`],
  });
  await country.ask({
    path: pathOf(services.persons, `/persons/${person}?x=${person}`),
    headers: ["X-Road-UserId", person],
  });
  t.equal(await count(), before + 1);
  const unknown = (await rowsOf(asking, clients.benefits)).filter(
    (row) => row.faultCode === "unknown_service",
  );
  t.match(unknown, [{ serviceCode: undefined }]);
  for (const server of [asking, answering]) t.notMatch(storedBytes(server), person);
  const last = (await rowsOf(answering, clients.population)).at(-1);
  t.match(last, { restPath: "/persons/{code}", restMethod: "GET" });
});

function storedBytes({ stateDirectory }: CountryServer): string {
  const folder = join(stateDirectory, "monitoring");
  return readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), "utf8"))
    .join("");
}

t.test("filters, and pages that together are the whole", async (t) => {
  const all = await rowsOf(asking, clients.benefits, "?limit=10000");
  t.ok(all.length >= 6);
  const paged: Row[] = [];
  for (let after = ""; ; ) {
    const answer = (await monitoring(asking, clients.benefits, `operational-data?limit=2${after}`)).json();
    paged.push(...(answer.records as Row[]));
    if (answer.next === null) break;
    after = `&after=${answer.next}`;
  }
  t.strictSame(paged, all);
  const down = await rowsOf(asking, clients.benefits, `?service=${services.down.id}`);
  t.strictSame(
    down,
    all.filter(({ serviceCode }) => serviceCode === "down"),
  );
  t.ok(down.length > 0);
  t.strictSame(
    await rowsOf(asking, clients.benefits, `?client=${clients.population}`),
    all.filter(({ serviceSubsystemCode }) => serviceSubsystemCode === "population"),
  );
  const time = all.at(-1)!.monitoringDataTs as number;
  t.strictSame(await rowsOf(asking, clients.benefits, `?recordsFrom=${time + 1}`), []);
  t.strictSame(await rowsOf(asking, clients.benefits, `?recordsTo=${time}`), all);
  const until = all.filter(({ monitoringDataTs }) => (monitoringDataTs as number) < time);
  t.strictSame(await rowsOf(asking, clients.benefits, `?recordsTo=${time - 1}`), until);
});

const bad: Readonly<Record<string, readonly [rest: string, status: number]>> = {
  "a parameter that is none": ["operational-data?recordsfrom=1", 400],
  "a parameter twice": ["operational-data?limit=1&limit=2", 400],
  "a limit beyond the largest": ["operational-data?limit=10001", 400],
  "a time that is none": ["operational-data?recordsFrom=-1", 400],
  "a time in exponents": ["operational-data?recordsTo=1e9", 400],
  "a position that leads out": ["operational-data?after=../../master.key", 400],
  "a client that is none": ["operational-data?client=a/b", 400],
  "a service that is none": ["operational-data?service=a/b", 400],
  "another path": ["everything", 404],
  "another version": ["../v2/health", 404],
  "a path of Object.prototype": ["constructor", 404],
};
for (const [what, [rest, status]] of Object.entries(bad)) {
  t.test(`refused: ${what}`, async (t) => {
    const answer = await monitoring(asking, clients.benefits, rest);
    t.equal(answer.status, status, answer.body.toString());
    t.ok(answer.header("X-Road-Error"));
  });
}

t.test("who does not prove it sees nothing", async (t) => {
  const path = "/monitoring/v1/operational-data";
  t.equal((await country.ask({ path, client: null })).status, 400);
  t.equal((await country.ask({ path, client: clients.certified })).status, 401, "without its certificate");
  t.equal((await country.ask({ path, client: clients.badged })).status, 401, "without its token");
  const wrong = ["Proxy-Authorization", "Bearer wrong"];
  t.equal(
    (await country.ask({ path, client: clients.badged, headers: wrong })).status,
    403,
    "with another token",
  );
  t.equal((await country.ask({ path, client: clients.remote })).status, 403, "from another address");
  t.equal((await country.ask({ path, client: clients.population })).status, 403, "served elsewhere");
  t.equal((await country.ask({ path, method: "POST", body: "{}" })).status, 405);
  const names = ["Uxp-Client", clients.inspection];
  t.equal((await country.ask({ path, headers: names })).status, 400, "two names");
});

t.test("health data of each service, for its provider and the owner", async (t) => {
  clock.ahead += 11 * 60_000;
  country.register.answer({ body: "12345" });
  await ask();
  await ask(services.open, { method: "POST", body: "123" });
  await ask(services.down);
  await ask(services.expired);
  country.register.answer();
  type Health = { readonly servicesHealthData: readonly (Row & { readonly lastPeriodStatistics: Row })[] };
  const healthFor = async (client: string, rest = "") =>
    (await monitoring(answering, client, `health${rest}`)).json() as unknown as Health;
  const health = await healthFor(clients.population);
  t.match(health, { statisticsPeriodSeconds: 600, monitoringStartupTimestamp: Number });
  const open = health.servicesHealthData.find(({ service }) => service === services.open.id)!;
  t.match(open, {
    serviceType: "REST",
    lastSuccessfulRequestTimestamp: Number,
    lastPeriodStatistics: {
      ...{ successfulRequestCount: 2, unsuccessfulRequestCount: 0 },
      ...{ requestMinSize: 0, requestAverageSize: 1.5, requestMaxSize: 3, requestSizeStdDev: 1.5 },
      ...{ responseMinSize: 5, responseAverageSize: 5, responseMaxSize: 5, responseSizeStdDev: 0 },
      ...{ requestMinDuration: Number, requestAverageDuration: Number, requestMaxDuration: Number },
    },
  });
  const down = health.servicesHealthData.find(({ service }) => service === services.down.id)!;
  t.match(down, {
    lastUnsuccessfulRequestTimestamp: Number,
    lastPeriodStatistics: { unsuccessfulRequestCount: 1 },
  });
  const expired = health.servicesHealthData.find(({ service }) => service === services.expired.id)!;
  t.same(
    expired.lastPeriodStatistics,
    { successfulRequestCount: 0, unsuccessfulRequestCount: 0 },
    "a rule is not it",
  );
  t.notOk(health.servicesHealthData.some(({ service }) => service === services.companies.id));

  const owners = await healthFor(populationRegister, `?client=${clients.business}`);
  t.strictSame(
    owners.servicesHealthData.map(({ service }) => service),
    [services.companies.id],
  );
  await ask(services.companies);
  const [companies] = (await healthFor(populationRegister, `?client=${clients.business}`)).servicesHealthData;
  t.equal(companies!.lastPeriodStatistics.successfulRequestCount, 1);
  t.notOk("responseMinSize" in companies!.lastPeriodStatistics);
  t.ok("responseMinSize" in (await healthFor(clients.business)).servicesHealthData[0]!.lastPeriodStatistics);
  t.same(
    (await monitoring(asking, clients.inspection, "health")).json().servicesHealthData,
    [],
    "who provides nothing",
  );
});

t.test("a restart keeps the rows", async (t) => {
  const id = (await ask()).header("Sealway-Exchange-Id");
  const before = await rowsOf(asking, clients.benefits, "?limit=10000");
  await asking.restart();
  t.strictSame(await rowsOf(asking, clients.benefits, "?limit=10000"), before);
  t.equal((await rowOf(asking, clients.benefits, id)).length, 1);
  await ask();
  t.equal((await rowsOf(asking, clients.benefits, "?limit=10000")).length, before.length + 1);
});

t.test(
  "a disk that is full loses rows, counts them, and stops no exchange",
  { skip: whyNoSmallDisk() },
  async (t) => {
    await asking.stop();
    const unmount = mountSmallDisk(join(asking.stateDirectory, "monitoring"), "4k");
    await asking.start();
    for (let i = 0; i < 12; i++) {
      t.equal((await ask()).status, 200);
      await rowsOf(asking, clients.benefits);
    }
    const health = await healthOf(asking);
    t.same([health.http, health.status], [200, "degraded"]);
    t.ok(health.alarms.includes("warning monitoring_not_kept"));
    t.match(health.details.join(), "ENOSPC");
    const text = await (await fetch(`http://127.0.0.1:${asking.gateway.ports.health}/metrics`)).text();
    t.match(text, /^sealway_monitoring_rows_total\{fate="dropped"\} [1-9]/m);
    t.ok(readdirSync(join(asking.stateDirectory, "monitoring")).length <= 3, "no file a second");
    await asking.stop();
    unmount();
    await asking.start();
    await ask();
    t.ok((await rowsOf(asking, clients.benefits)).length > 0);
    t.notOk((await healthOf(asking)).alarms.includes("warning monitoring_not_kept"));
  },
);
