import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import t from "tap";
import type { LateCases } from "../../../src/assembly/casework-alarms.ts";
import { leftBehind } from "../../../src/assembly/moves/left-behind.ts";
import { orderMove } from "../../../src/assembly/moves/move-orders.ts";
import { orderAgreement } from "../../../src/assembly/order-agreement.ts";
import { parseServerId } from "../../../src/core/ids.ts";
import type { Emergency } from "../../../src/exchange/emergencies/emergency-book.ts";
import { der } from "../../authority/sample-registry.ts";
import { command } from "../../cli/service-command.ts";
import { answers } from "../../policy/agreements/acts.ts";
import { until } from "../../until.ts";
import { terms } from "../builtin/agreement-scene.ts";
import { clients, populationRegister, services } from "../country/plan.ts";
import type { CountryServer } from "../country/server.ts";
import { MovedClock, pathOf, SmallCountry } from "../country.ts";
import { newKeys, worldOptions } from "../restriction/world.ts";
import { countedOnce } from "./counted-once.ts";
import { erasedAndExtended } from "./erased-and-extended.ts";
import { HeldMirror } from "./held-mirror.ts";
import { addServer, inMaintenance, moved, publish, useMirror, versionAt } from "./second-server.ts";
import { badHandOvers, linesOf, type MoveScene, stateGoesAlong, writeLines } from "./what-goes-along.ts";

/* A subsystem moves to another server of its member, and back, while consumers call it; a server in maintenance. */

const plans = worldOptions(newKeys());
const country = await SmallCountry.start(t, { ...plans, asking: { errors: { statuses: "plain" } } });
const { asking, answering, authority, clock, register } = country;
const secondClock = new MovedClock();
const answeringClients = [{ id: clients.population, authentication: "http" }];
const second = await addServer(
  country,
  parseServerId(`${populationRegister}/ss2`),
  [clients.population],
  secondClock,
  { more: plans.more!, changes: { ...plans.answering, clients: answeringClients } },
);
const givenUp = country.ca.issueSeal(populationRegister, "Population Register");
const withdrawn = clock.now() - 60_000;
country.registry = {
  ...country.registry,
  seals: [
    ...country.registry.seals,
    {
      ...{ member: populationRegister, servers: [], certificate: der(givenUp) },
      history: [
        { state: "granted", from: "2020-01-01T00:00:00Z" },
        { state: "withdrawn", from: new Date(withdrawn).toISOString() },
      ],
    },
  ],
};
const here = country.registry;
const there = moved(here, clients.population, second.parts.id);
const mirrors = {
  asking: await HeldMirror.start(authority.url),
  second: await HeldMirror.start(authority.url),
};
t.teardown(async () => {
  await second.stop();
  await Promise.all([mirrors.asking.close(), mirrors.second.close()]);
});
await publish(authority, here, [asking, answering]);
await asking.stop();
useMirror(asking, mirrors.asking.url);
useMirror(second, mirrors.second.url);
await Promise.all([asking.start(), second.start()]);
const everybody = [asking, answering, second];
const scene: MoveScene = {
  ...{ country, second, givenUp: { seal: givenUp, withdrawn } },
  moveTo: (server) => publish(authority, server === second ? there : here, everybody),
};

const inBase64 = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64");
const whatOf = async (server: CountryServer, from: number) =>
  (await server.log.after(from)).filter(({ document }) => document.service.id === services.open.id);

t.test("moved and moved back under load: every call is answered, and each was done once", async (t) => {
  const began = register.calls.length;
  let stop = false;
  let asked = 0;
  const answered = Array.from({ length: 8 }, () => 0);
  const failed: string[] = [];
  const run = async (_: number, caller: number) => {
    while (!stop) {
      const n = asked++;
      const body = n % 4 === 0 ? undefined : `body ${n}`;
      const answer = await country.ask({
        path: pathOf(services.open, `/n${n}`),
        ...(body !== undefined && { method: "POST", body, headers: ["Content-Type", "text/plain"] }),
      });
      if (answer.status !== 200) failed.push(`${answer.status} ${answer.body.toString()}`);
      answered[caller]! += 1;
    }
  };
  // What is on its way is moved once: who moves twice meanwhile is told to try again.
  const eachAnswered = () => {
    const before = [...answered];
    return until("each has an answer", () => answered.every((count, i) => count > before[i]! + 1));
  };
  const runs = answered.map(run);
  for (const registry of [there, here, there, here]) {
    await eachAnswered();
    await publish(authority, registry, everybody);
  }
  await eachAnswered();
  stop = true;
  await Promise.all(runs);
  t.same(failed, []);
  const done = register.calls.slice(began).map(({ target }) => target);
  t.equal(done.length, asked, "nothing was done twice or left out");
  t.equal(new Set(done).size, asked);
  t.ok((await second.log.count()) > 0, "the second server took some");
  t.comment(`${asked} calls`);
});

t.test("a consumer that does not know yet is told so, looks, and asks the new server", async (t) => {
  const [from, at] = [await asking.log.count(), await second.log.count()];
  mirrors.asking.hold();
  await publish(authority, there, [answering, second]);
  const asked = country.watch(() =>
    country.ask({ method: "POST", path: pathOf(services.open, "/moved"), body: "all of it" }),
  );
  await until(
    "the old server has refused",
    async () =>
      (await answering.log.count()) > 0 &&
      (await whatOf(answering, 0)).at(-1)?.document.decision?.code === "provider_moved",
  );
  mirrors.asking.release();
  const { result, calls } = await asked;
  t.same([result.status, calls, register.calls.at(-1)?.body.toString()], [200, 1, "all of it"]);
  const records = await whatOf(asking, from);
  t.same(
    records.map(({ what }) => what),
    ["sent request", "received refusal", "sent request", "received response"],
  );
  t.not(records[0]!.document.id, records[2]!.document.id, "two exchanges");
  t.equal(records[2]!.document.to, second.parts.id);
  t.same(
    (await whatOf(second, at)).map(({ what }) => what),
    ["received request", "sent response"],
  );
  await until("asking knows, too", () => versionAt(asking) === versionAt(answering));
});

t.test("one that cannot learn of it yet gets 503 and when to try again, and nothing is done", async (t) => {
  await publish(authority, here, everybody);
  mirrors.asking.hold();
  await publish(authority, there, [answering, second]);
  const { result, calls } = await country.watch(() => country.ask({ path: pathOf(services.open, "/late") }));
  t.same(
    [result.status, result.json().code, result.header("retry-after"), calls],
    [503, "provider_moved", "1", 0],
  );
  mirrors.asking.release();
  await until("asking knows, too", () => versionAt(asking) === versionAt(answering));
  t.equal((await country.ask({ path: pathOf(services.open, "/late") })).status, 200);
});

t.test(
  "a new server that does not know yet waits for the configuration that the consumer names",
  async (t) => {
    await publish(authority, here, everybody);
    mirrors.second.hold();
    await publish(authority, there, [asking, answering]);
    const asked = country.ask({ path: pathOf(services.open, "/early") });
    await wait(300);
    mirrors.second.release();
    t.equal((await asked).status, 200);
  },
);

t.test("the old server is gone, and the consumer's call was on its way there", async (t) => {
  await publish(authority, here, everybody);
  await answering.stop();
  const sent = country.ask({ path: pathOf(services.open, "/gone") });
  await publish(authority, there, [asking, second]);
  const { status } = await sent;
  t.ok(status === 200 || status === 502, "it was sent before the configuration came, or after it");
  t.equal((await country.ask({ path: pathOf(services.open, "/gone") })).status, 200);
  await answering.start();
  await publish(authority, here, everybody);
});

t.test("a call on which the old server works when it is deregistered is not made again", async (t) => {
  const old = answering.parts.id;
  const gone = {
    ...there,
    servers: there.servers.filter(({ id }) => id !== old),
    seals: there.seals.map((seal) => ({ ...seal, servers: seal.servers.filter((id) => id !== old) })),
  };
  const told = Promise.withResolvers<void>();
  let begun = 0;
  register.answer(async () => {
    begun += 1;
    if (begun > 1) return {};
    await publish(authority, gone, [asking, second]);
    await told.promise;
    return {};
  });
  const { status, body } = await country.ask({ path: pathOf(services.open, "/worked-on") });
  told.resolve();
  t.match(body.toString(), '"peer_cut_off"');
  t.same([status, begun], [502, 1]);
  register.answer();
  await publish(authority, here, everybody);
});

t.test("what another machine at the server's address was not sent keeps no X-Road-Id", async (t) => {
  const addressOf = (id: string) => country.registry.servers.find((server) => server.id === id)!.addresses;
  const servers = here.servers.map((server) =>
    server.id === answering.parts.id ? { ...server, addresses: addressOf(second.parts.id) } : server,
  );
  await publish(authority, { ...here, servers }, everybody);
  const ask = (id = "asked-again") =>
    country.ask({ path: pathOf(services.open, "/other"), headers: ["X-Road-Id", id] });
  let looked = 0;
  // What was on its way by the old address may still arrive there.
  await until(
    "calls go to the other machine",
    async () => (await ask(`looked-${looked++}`)).json().code === "peer_unknown",
  );
  for (const time of ["first", "again"]) t.equal((await ask()).json().code, "peer_unknown", time);
  await publish(authority, here, everybody);
  // As above: what was on its way to the other machine.
  await until("calls go to the right machine again", async () => {
    return (await ask(`looked-${looked++}`)).status === 200;
  });
  t.equal((await ask()).status, 200, "with the id that was never sent");
});

t.test(
  "a server in maintenance is asked nothing; callers are told until when, by a signed fault",
  async (t) => {
    const notice = "New disks";
    const until = new Date(clock.now() + 600_000).toISOString();
    const from = new Date(clock.now() - 1_000).toISOString();
    await publish(authority, inMaintenance(here, answering.parts.id, [{ from, until, notice }]), everybody);
    const seen = await country.watch(() => country.ask({ path: pathOf(services.open, "/m") }));
    t.equal(seen.result.status, 503);
    t.match(seen.result.json(), { code: "server_in_maintenance", type: /maintenance_mode$/ });
    t.match(seen.result.json().message, `until ${until}: ${notice}`);
    const seconds = Number(seen.result.header("retry-after"));
    t.ok(seconds > 590 && seconds <= 600);
    t.same(
      seen.asking.map(({ what, document }) => `${what} ${document.fault?.code}`),
      ["sent fault server_in_maintenance"],
    );
    t.same([seen.answering.length, seen.calls], [0, 0]);
    clock.ahead += 700_000;
    t.equal((await country.ask({ path: pathOf(services.open, "/m") })).status, 200, "its time is over");
    clock.ahead = 0;
  },
);

t.test("a consumer that does not know of the maintenance is told by the server itself", async (t) => {
  await publish(authority, here, everybody);
  mirrors.asking.hold();
  const maintenance = [
    { from: new Date(clock.now() - 1_000).toISOString(), notice: "A fault in the network" },
  ];
  await publish(authority, inMaintenance(here, answering.parts.id, maintenance), [answering]);
  const seen = await country.watch(() => country.ask({ path: pathOf(services.open, "/m") }));
  t.same([seen.result.status, seen.result.header("retry-after"), seen.calls], [503, "60", 0]);
  t.equal(seen.asking.at(-1)?.what, "received fault");
  mirrors.asking.release();
  await publish(authority, here, everybody);
});

t.test("agreements that were made by acts go along, as their parties signed them", async (t) => {
  const document = terms("bank-open", services.open.id);
  const answered = inBase64(answers);
  await orderAgreement(asking, {
    ...{ order: "agreement request", document: inBase64(document), answers: answered },
  });
  await orderAgreement(answering, {
    ...{ order: "agreement act", agreement: "bank-open", word: "approve", as: "provider", states: {} },
  });
  const call = async () => {
    return country.ask({ path: pathOf(services.open, "/acts"), client: clients.onboarding });
  };
  await until("it is in force", async () => (await call()).status === 200);
  await publish(authority, there, everybody);
  t.equal((await call()).json().code, "access_denied", "the new server knows nothing of it");
  await publish(authority, here, everybody);
  const subsystem = clients.population;
  t.same(await orderMove(answering, { order: "move check", subsystem }), { leftBehind: [] });
  const [invitation, file, request] = ["invitation.jws", "hand-over.json", "request.json"].map((name) =>
    join(country.directory, name),
  ) as [string, string, string];
  const to = second.parts.id;
  const run = (server: CountryServer, word: string, ...words: string[]) =>
    command(t, "moves", word, "--config", server.configurationFile, ...words);
  t.match(await run(second, "invite", "--subsystem", subsystem, "--out", invitation), { code: 0 });
  const wrong = orderMove(asking, { order: "move hand-over", invitation, file });
  await t.rejects(wrong, { code: "wrong_recipient" });
  const handOver = ["--invitation", invitation, "--out", file, "--request", request];
  t.match(await run(answering, "hand-over", ...handOver), {
    code: 0,
    out: /: 4 acts and receipts, 0 permissions\n$/,
  });
  const whole = linesOf(file);
  const { statement } = whole;
  t.match(JSON.parse(readFileSync(request, "utf8")), [
    { kind: "client-remove", client: subsystem, server: answering.parts.id },
    { kind: "client-add", client: subsystem, server: to, handOver: statement },
  ]);

  const refused = async (node: CountryServer, changed: object, code: string) => {
    const other = join(country.directory, "changed.json");
    writeLines(other, { ...whole, ...changed });
    await t.rejects(orderMove(node, { order: "move adopt", file: other }), { code });
  };
  await refused(asking, {}, "wrong_recipient");
  await refused(second, { parts: whole.parts.slice(0, -1) }, "malformed_statement");
  await refused(second, { statement: `${whole.statement.slice(0, -4)}AAAA` }, "invalid_signature");
  t.match(await run(second, "adopt", file), {
    code: 0,
    out: /^1 agreements and 0 permissions of .* are here\n$/,
  });
  await publish(authority, there, everybody);
  t.equal((await call()).status, 200, "it counts at the new server");
  await publish(authority, here, everybody);
});

t.test("permissions with their uses, the day's quotas and restrictions go along", async (t) => {
  await stateGoesAlong(t, scene);
});

t.test("uses are counted once, on whatever ways subsystems move among servers", async (t) => {
  await countedOnce(t);
});

t.test("a permission in force is not erased by a move: it was erased where its time was over", async (t) => {
  await erasedAndExtended(t, givenUp);
});

t.test("refused by name: hand-overs and invitations of others, altered, replayed, or older", async (t) => {
  await badHandOvers(t, scene);
});

t.test("what cannot go along is listed, and is in the way", async (t) => {
  const own = clients.population;
  const cases = {
    feedback: [
      { own, state: "open" },
      { own, state: "answered" },
      { own: "another", state: "open" },
    ],
    inquiries: [{ own, state: "closed" }],
    corrections: [{ own, recipients: [{ state: "told" }] }],
  } as unknown as LateCases;
  const other = clients.business;
  const emergency = { role: "provider", client: other, service: `${own}/s`, exchange: "e" };
  const emergencies = [
    emergency,
    { ...emergency, role: "consumer", client: own, service: `${other}/s` },
    { ...emergency, role: "consumer" },
  ] as unknown as Emergency[];
  const found = leftBehind(cases, emergencies, own);
  t.same(
    found.map(({ count, what }) => `${count} ${what}`),
    ["1 feedback", "1 corrections", "2 emergencies"],
  );
});

t.test("a server whose clock is wrong is told so before exchanges fail, and when they do", async (t) => {
  await publish(authority, there, everybody);
  const ask = () => country.ask({ path: pathOf(services.open, "/clock") });
  const alarmOf = ({ gateway }: CountryServer) =>
    gateway.health().alarms.find(({ code }) => code === "clock_wrong");
  for (const [ahead, status, severity] of [
    [-8_000, 200, "warning"],
    [-30_000, 200, "critical"],
    [70_000, 502, "critical"],
  ] as const) {
    secondClock.ahead = ahead;
    t.equal((await ask()).status, status, `${ahead} ms`);
    await until("it has compared its clock", () => alarmOf(second)?.severity === severity);
    t.equal(alarmOf(asking), undefined, "one peer's clock accuses nobody else's");
  }
  secondClock.ahead = 0;
  t.equal((await ask()).status, 200);
  await until("it has compared its clock again", () => alarmOf(second) === undefined);
  await publish(authority, here, everybody);
});
