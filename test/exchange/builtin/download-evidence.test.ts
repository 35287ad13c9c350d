import t, { type Test } from "tap";
import type { ClientId } from "../../../src/core/ids.ts";
import { uuidV7 } from "../../../src/core/uuid.ts";
import { parseStatement } from "../../../src/message/signed-statement.ts";
import { accessType } from "../../../src/messagelog/access-record.ts";
import { readPackage } from "../../../src/messagelog/evidence/package-read.ts";
import { verifyPackage } from "../../../src/messagelog/evidence/verify-package.ts";
import { openLogReader } from "../../../src/store/sqlite/log-reader.ts";
import { badge, clients, services } from "../country/plan.ts";
import type { Door, RawAnswer } from "../country/raw-http.ts";
import { pathOf, SmallCountry } from "../country.ts";

/*
 * The download of evidence by those who took part, on both sides: over the interface for information systems, by the
 * credentials of their calls.
 */

const country = await SmallCountry.start(t, {
  answering: {
    clients: [
      { id: clients.population, authentication: "http" },
      { id: clients.business, authentication: "http" },
    ],
  },
});
const answeringDoor = (): Door => ({ port: country.answering.gateway.ports.http! });

async function exchange(
  headers: readonly string[] = [],
  client: ClientId = clients.benefits,
): Promise<string> {
  const answer = await country.ask({ path: pathOf(services.open, "/a"), client, headers });
  return answer.header("Sealway-Exchange-Id")!;
}

const sealAll = () => Promise.all([country.asking.gateway.sealNow(), country.answering.gateway.sealNow()]);

function asicPath(client: string, queryId: string, rest = ""): string {
  const names = ["xRoadInstance", "memberClass", "memberCode", "subsystemCode"];
  const parts = client.split("/").map((part, i) => `${names[i]}=${part}`);
  return `/asic?${parts.join("&")}&queryId=${queryId}${rest}`;
}

const mine = await exchange(["X-Road-Id", "case-1", "X-Road-UserId", "official-7"]);
const others = await exchange(["X-Road-Id", "case-2"], clients.inspection);
await exchange(["X-Road-Id", "case-3"]);
// Before the deadline of the first one it would be refused.
country.clock.ahead += 60_000;
await exchange(["X-Road-Id", "case-3"]);
const badged = await exchange(
  ["X-Road-Id", "case-4", "Proxy-Authorization", `Bearer ${badge}`],
  clients.badged,
);
await exchange(["X-Road-Id", "shared"]);
await exchange(["X-Road-Id", "shared"], clients.inspection);

/** What a download gives, as findings and files. */
async function checkPackage(t: Test, answer: RawAnswer, id: string) {
  t.equal(answer.status, 200);
  t.equal(answer.header("Content-Type"), "application/zip");
  t.equal(answer.header("Content-Disposition"), `attachment; filename="${id}.zip"`);
  t.equal(answer.header("Cache-Control"), "no-store");
  const verdict = await verifyPackage(answer.body, { at: country.clock.now() });
  t.equal(verdict.verdict, "valid");
  t.equal(verdict.exchange?.id, id);
  return [...(await readPackage(answer.body)).keys()];
}

function checkNotFound(t: Test, answer: RawAnswer): void {
  t.equal(answer.status, 404);
  const { detail, ...told } = answer.json();
  t.match(told, {
    type: "server.clientproxy.not_found",
    message: "There is nothing at this path: no exchange of this subsystem has this id",
    exchange: null,
  });
  t.equal(answer.header("Sealway-Exchange-Id"), undefined, "nothing tells it from what is not there");
}

t.test("an answer says where its evidence is", async (t) => {
  const answer = await country.ask({ path: pathOf(services.open, "/a") });
  t.equal(answer.header("Sealway-Evidence"), `/evidence/${answer.header("Sealway-Exchange-Id")}`);
});

t.test(
  "before its time-stamp the evidence is not there yet, and its owner is told when to ask again",
  async (t) => {
    const id = await exchange();
    const answer = await country.ask({ path: `/evidence/${id}` });
    t.equal(answer.status, 503);
    t.equal(answer.header("Retry-After"), "30");
    t.match(answer.json(), { code: "evidence_pending" });
    checkNotFound(t, await country.ask({ path: `/evidence/${id}`, client: clients.inspection }));
    await sealAll();
  },
);

t.test("the consumer downloads its evidence by exchange id, heads included", async (t) => {
  const files = await checkPackage(t, await country.ask({ path: `/evidence/${mine}` }), mine);
  t.ok(files.includes("request/head") && files.includes("response/head"));
});

t.test("the provider downloads the same exchange from its own server", async (t) => {
  const path = `/evidence/${mine}`;
  const answer = await country.ask({ path, client: clients.population }, answeringDoor());
  await checkPackage(t, answer, mine);
});

t.test("by X-Road's parameters: both messages, or one of them", async (t) => {
  const all = await country.ask({ path: asicPath(clients.benefits, "case-1"), client: null });
  t.ok((await checkPackage(t, all, mine)).includes("response/exchange"));
  for (const [flag, here, gone] of [
    ["requestOnly", "request/", "response/"],
    ["responseOnly", "response/", "request/"],
  ] as const) {
    const one = await country.ask({ path: asicPath(clients.benefits, "case-1", `&${flag}`), client: null });
    t.equal(one.status, 200);
    const files = [...(await readPackage(one.body)).keys()];
    t.ok(files.some((name) => name.startsWith(here)));
    t.notOk(files.some((name) => name.startsWith(gone)));
  }
  const there = await country.ask(
    { path: asicPath(clients.population, "case-1"), client: null },
    answeringDoor(),
  );
  await checkPackage(t, there, mine);
});

t.test("several exchanges of one query id come together, and not with `unique`", async (t) => {
  const answer = await country.ask({ path: asicPath(clients.benefits, "case-3"), client: null });
  t.equal(answer.status, 200);
  const files = await readPackage(answer.body);
  t.equal(files.size, 2);
  for (const [name, bytes] of files) {
    const { verdict, exchange } = await verifyPackage(bytes, { at: country.clock.now() });
    t.same([verdict, `${exchange?.id}.zip`], ["valid", name]);
  }
  const path = asicPath(clients.benefits, "case-3", "&unique");
  const unique = await country.ask({ path, client: null });
  t.same([unique.status, unique.json().code], [400, "bad_request"]);
});

t.test("never another's", async (t) => {
  t.test("another subsystem of the same member", async (t) => {
    checkNotFound(t, await country.ask({ path: `/evidence/${others}` }));
  });
  t.test("another member on the same server", async (t) => {
    checkNotFound(t, await country.ask({ path: `/evidence/${mine}`, client: clients.onboarding }));
    const path = `/evidence/${mine}`;
    checkNotFound(t, await country.ask({ path, client: clients.business }, answeringDoor()));
  });
  t.test("an exchange that is not there, and a text that is no id", async (t) => {
    checkNotFound(t, await country.ask({ path: `/evidence/${uuidV7(country.clock.now())}` }));
    checkNotFound(t, await country.ask({ path: "/evidence/%00" }));
  });
  t.test("guessing by query id", async (t) => {
    checkNotFound(t, await country.ask({ path: asicPath(clients.benefits, "case-2"), client: null }));
    checkNotFound(t, await country.ask({ path: asicPath(clients.onboarding, "case-1"), client: null }));
  });
  t.test("a query id used by two clients gives each its own", async (t) => {
    for (const client of [clients.benefits, clients.inspection]) {
      const answer = await country.ask({ path: asicPath(client, "shared"), client: null });
      t.equal(answer.status, 200);
      const document = JSON.parse(String((await readPackage(answer.body)).get("request/exchange")));
      t.equal(document.client, client);
    }
  });
  t.test("a second header that names another client", async (t) => {
    const headers = ["Uxp-Client", clients.inspection];
    for (const path of [`/evidence/${mine}`, asicPath(clients.benefits, "case-1")]) {
      const answer = await country.ask({ path, headers });
      t.equal(answer.status, 400);
      t.match(answer.json(), { code: "duplicate_header_field" });
    }
  });
  t.test("parameters of one client, header of another", async (t) => {
    const answer = await country.ask({
      path: asicPath(clients.benefits, "case-1"),
      client: clients.inspection,
    });
    t.same([answer.status, answer.json().code], [400, "bad_request"]);
  });
});

t.test("who does not prove who it is gets nothing, whether the exchange is there or not", async (t) => {
  const path = `/evidence/${badged}`;
  const token = (value: string) => ["Proxy-Authorization", `Bearer ${value}`];
  const ask = (headers: readonly string[], client: string = clients.badged) =>
    country.ask({ path, client, headers });
  const status = async (answer: Promise<RawAnswer>) => {
    const { status, json } = await answer;
    return [status, json().code];
  };
  t.same(await status(ask([])), [401, "client_authentication_required"]);
  t.same(await status(ask(token("guessed"))), [403, "client_authentication_failed"]);
  t.same(await status(ask([], clients.remote)), [403, "client_authentication_failed"], "another address");
  t.same(await status(ask([], clients.certified)), [401, "client_authentication_required"]);
  t.same(await status(ask([], clients.population)), [403, "client_not_served"]);
  t.same(await status(country.ask({ path, client: null })), [400, "invalid_client_identifier"]);
  const asic = asicPath(clients.badged, "case-4");
  t.same(await status(country.ask({ path: asic, client: null })), [401, "client_authentication_required"]);
  await checkPackage(t, await ask(token(badge)), badged);
});

t.test("what X-Road's parameters do not say", async (t) => {
  for (const [path, code] of [
    [asicPath(clients.benefits, "case-1", "&force"), "bad_request"],
    [asicPath(clients.benefits, "case-1", "&queryId=case-2"), "bad_request"],
    [asicPath(clients.benefits, "case-1", "&requestOnly&responseOnly"), "bad_request"],
    ["/asic?queryId=case-1", "invalid_client_identifier"],
    ["/asic", "not_found"],
    ["/evidence/", "not_found"],
  ] as const) {
    t.equal((await country.ask({ path })).json().code, code, path);
  }
  const posted = await country.ask({ method: "POST", path: `/evidence/${mine}`, body: "x" });
  t.same([posted.status, posted.json().code], [405, "invalid_http_method"]);
});

t.test("each download is recorded: who, why, what, when; signed by the member, and sealed", async (t) => {
  const seal = country.asking.parts.seals.get("DEV/GOV/10000003" as never)!;
  const before = await accesses();
  await country.ask({ path: `/evidence/${mine}` });
  await country.ask({ path: `/evidence/${others}` });
  const [read, ...more] = (await accesses()).slice(before.length);
  t.same(more, [], "what was not given was not read");
  t.match(read!.payload, { instance: "DEV", who: clients.benefits, what: [mine] });
  t.match(read!.payload.why, /download/);
  t.ok(Math.abs(read!.payload.time - country.clock.now()) < 60_000);
  t.equal(read!.certificate.fingerprint, seal.certificate.fingerprint);
});

t.test("the request thread is not held up", async (t) => {
  const spent: { readonly here: number; readonly all: number }[] = [];
  for (let i = 0; i < 5; i++) {
    const [here, all] = [process.threadCpuUsage(), process.cpuUsage()];
    const answer = await country.ask({ path: `/evidence/${mine}` });
    spent.push({ here: process.threadCpuUsage(here).user, all: process.cpuUsage(all).user });
    t.equal(answer.status, 200);
  }
  const { here, all } = spent.sort((a, b) => a.here - b.here)[2]!;
  t.ok(
    here < 50_000,
    `of ${all} µs of computing for a package this thread gave ${here}: call, answer, its record`,
  );
});

async function accesses() {
  const log = openLogReader(`${country.asking.stateDirectory}/log`);
  const documents = await log.documentsOf("access");
  log.close();
  return documents.map(({ bytes }) => parseStatement<AccessPayload>(bytes, accessType));
}

type AccessPayload = Parameters<typeof import("../../../src/messagelog/access-record.ts").keepAccess>[2];
