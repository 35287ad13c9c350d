import t, { type Test } from "tap";
import type { ServiceId } from "../../../src/core/ids.ts";
import { clients, type MorePlans, type PlannedService } from "../../exchange/country/plan.ts";
import type { CountryServer } from "../../exchange/country/server.ts";
import { type Ask, pathOf, SmallCountry } from "../../exchange/country.ts";
import { oldestPostgres, PostgresServer } from "./postgres-server.ts";
import { secondNode } from "./second-node.ts";

/*
 * Two nodes of one server that asks and answers: what may be done ten times, or once, is done ten times, or once,
 * whichever of them is asked and whichever of them answers.
 */

const version = await oldestPostgres();
const skip = version === undefined && "no PostgreSQL is installed here";

const counted: PlannedService = {
  id: `${clients.benefits}/counted` as ServiceId,
  contentKind: "opaque",
  endpoints: [["*", "/**"]],
  target: "register",
};

const quota = { perDay: 10, over: "block" };
const more: MorePlans = {
  services: [counted],
  agreements: [
    { id: "inspection-counted", consumer: clients.inspection, service: counted.id, terms: { quota } },
    { id: "umlaut-counted", consumer: clients.umlaut, service: counted.id },
  ],
};

/** The clock's day must not end meanwhile. */
async function cluster(t: Test) {
  const server = await PostgresServer.start(t, version!);
  const country = await SmallCountry.start(t, { asking: { postgresql: await server.newDatabase() }, more });
  const untilMidnight = 86_400_000 - (country.clock.now() % 86_400_000);
  if (untilMidnight < 120_000) country.clock.ahead += untilMidnight;
  const second = await secondNode(t, country, country.asking);
  const port = second.parts.peerPort;
  const servers = country.registry.servers.map((one) => {
    if (one.id !== country.asking.parts.id) return one;
    return { ...one, addresses: [...one.addresses, { host: "127.0.0.1", port }] };
  });
  await country.authority.publish({ ...country.registry, servers });
  const nodes = [country.asking, second] as const;
  for (const node of nodes) await node.restart();
  const through = (node: CountryServer, ask: Ask) => {
    return country.ask(ask, { port: node.gateway.ports.http! });
  };
  /** So many calls at once, spread over both nodes. */
  const storm = (count: number, ask: Ask) => {
    return Promise.all(Array.from({ length: count }, (_, i) => through(nodes[i % 2]!, ask)));
  };
  return { country, nodes, storm };
}

t.test("a cluster of two nodes counts as one", { skip }, async (t) => {
  const { country, nodes, storm } = await cluster(t);
  await t.test("a quota of ten: ten of forty calls pass", async (t) => {
    const before = country.register.begun;
    const answers = await storm(40, { path: pathOf(counted, "/x"), client: clients.inspection });
    t.equal(country.register.begun - before, 10);
    const passed = answers.filter(({ status }) => status === 200);
    const left = passed.map((answer) => Number(answer.header("RateLimit-Remaining")));
    t.strictSame(
      left.sort((a, b) => a - b),
      Array.from({ length: 10 }, (_, i) => i),
    );
    t.equal(answers.filter(({ status }) => status === 429).length, 30);
    const servedBy = nodes.map(
      ({ logLines }) => logLines.filter((line) => line.includes("quota_exceeded")).length,
    );
    t.ok(
      servedBy.every((lines) => lines > 0),
      `both nodes answered: ${servedBy}`,
    );
  });
  await t.test("an X-Road-Id: one of twenty calls is carried out, the others are told of it", async (t) => {
    const before = country.register.begun;
    const headers = ["X-Road-Id", "case-1"];
    const answers = await storm(20, { path: pathOf(counted, "/x"), client: clients.umlaut, headers });
    t.equal(country.register.begun - before, 1);
    const [done] = answers.filter(({ status }) => status === 200);
    const exchange = done!.header("Sealway-Exchange-Id");
    const others = answers.filter((one) => one !== done);
    for (const other of others) t.match(other.json(), { code: "query_id_repeated", exchange });
  });
});
