import { setTimeout as wait } from "node:timers/promises";
import t from "tap";
import type { RegistryDocument } from "../../../src/authority/registry-document.ts";
import { services } from "../../exchange/country/plan.ts";
import type { CountryServer } from "../../exchange/country/server.ts";
import { pathOf, SmallCountry } from "../../exchange/country.ts";
import { inMaintenance, publish } from "../../exchange/move/second-server.ts";
import { until } from "../../until.ts";
import { oldestPostgres, PostgresServer } from "./postgres-server.ts";
import { secondNode } from "./second-node.ts";

/* The nodes of a provider's server are stopped and started anew, one after the other, while consumers call it. */

const version = await oldestPostgres();
const skip = version === undefined && "no PostgreSQL is installed here";

t.test("rolling maintenance of two nodes: consumers see none of it", { skip }, async (t) => {
  const server = await PostgresServer.start(t, version!);
  const country = await SmallCountry.start(t, {
    asking: { errors: { statuses: "plain" } },
    answering: { postgresql: await server.newDatabase() },
  });
  const { asking, answering, authority, clock, register } = country;
  const second = await secondNode(t, country, answering);
  const nodes = [answering, second] as const;
  const servers = country.registry.servers.map((one) => {
    if (one.id !== answering.parts.id) return one;
    return { ...one, addresses: nodes.map(({ parts }) => ({ host: "127.0.0.1", port: parts.peerPort })) };
  });
  const registry = { ...country.registry, servers };
  const publishTo = (one: RegistryDocument) => publish(authority, one, [asking, ...nodes]);
  await publishTo(registry);

  /** Calls all the time, and tells what went wrong and how many were done. */
  const underLoad = async (work: () => Promise<void>) => {
    const before = register.calls.length;
    const failed: string[] = [];
    let [asked, ends] = [0, false];
    const run = async () => {
      while (!ends) {
        const n = asked++;
        const method = n % 2 === 0 ? "GET" : "POST";
        const answer = await country.ask({ path: pathOf(services.open, `/n${n}`), method, body: "x" });
        if (answer.status !== 200) failed.push(`${answer.status} ${answer.body.toString()}`);
      }
    };
    const runs = Array.from({ length: 6 }, run);
    await work();
    ends = true;
    await Promise.all(runs);
    const done = register.calls.slice(before).map(({ target }) => target);
    return { failed, asked, done: done.length, distinct: new Set(done).size };
  };
  const exchangesOf = ({ logLines }: CountryServer) =>
    logLines.filter((line) => line.includes('"provided"')).length;

  await t.test(
    "announced or not: what a node has begun it ends, and the other one takes the rest",
    async (t) => {
      const seen = await underLoad(async () => {
        const addresses = [{ host: "127.0.0.1", port: second.parts.peerPort }];
        const from = new Date(clock.now() - 1_000).toISOString();
        await until("both take some", () => nodes.every((node) => exchangesOf(node) > 0));
        const maintenance = [{ from, notice: "New release", addresses }];
        await publishTo(inMaintenance(registry, answering.parts.id, maintenance));
        await until("nothing comes to the node any more, and something to the other one", async () => {
          const before = nodes.map(exchangesOf);
          await wait(500);
          const [other, own] = nodes.map((node, i) => exchangesOf(node) - before[i]!);
          return own === 0 && other! > 0;
        });
        await second.restart();
        await publishTo(registry);
        const before = exchangesOf(second);
        await Promise.all([
          answering.restart(),
          until("it takes what the first one did", () => exchangesOf(second) > before),
        ]);
      });
      t.same(seen.failed, []);
      t.same([seen.done, seen.distinct], [seen.asked, seen.asked], "each call was done once");
      t.ok(seen.asked > 20, `${seen.asked} calls`);
    },
  );

  await t.test("both nodes in maintenance are the server in maintenance", async (t) => {
    const addresses = nodes.map(({ parts }) => ({ host: "127.0.0.1", port: parts.peerPort }));
    const from = new Date(clock.now() - 1_000).toISOString();
    const ends = new Date(clock.now() + 60_000).toISOString();
    const each = addresses.map((one) => ({ from, until: ends, notice: "New disks", addresses: [one] }));
    await publishTo(inMaintenance(registry, answering.parts.id, each));
    const answer = await country.ask({ path: pathOf(services.open, "/both") });
    t.same([answer.status, answer.json().code], [503, "server_in_maintenance"]);
    await publishTo(registry);
    t.equal((await country.ask({ path: pathOf(services.open, "/both") })).status, 200);
  });
});
