import { writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import type { AgreementReports } from "../../../src/assembly/agreement-orders.ts";
import { orderAgreement } from "../../../src/assembly/order-agreement.ts";
import { terms } from "../../exchange/builtin/agreement-scene.ts";
import { clients, services } from "../../exchange/country/plan.ts";
import type { CountryServer } from "../../exchange/country/server.ts";
import { pathOf, SmallCountry } from "../../exchange/country.ts";
import { answers } from "../../policy/agreements/acts.ts";
import { until } from "../../until.ts";
import { oldestPostgres, PostgresServer } from "./postgres-server.ts";
import { secondNode } from "./second-node.ts";

/*
 * Two nodes of one server: what one of them agrees counts at the other, and of two acts at once one is the first for both.
 */

const version = await oldestPostgres();
const skip = version === undefined && "no PostgreSQL is installed here";

const document = terms("bank-own", services.own.id);
const inBase64 = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64");

async function cluster(t: Test) {
  const server = await PostgresServer.start(t, version!);
  const asking = { postgresql: await server.newDatabase(), errors: { statuses: "plain" } };
  const country = await SmallCountry.start(t, { asking });
  const second = await secondNode(t, country, country.asking);
  writeFileSync(join(country.directory, "terms.json"), JSON.stringify(document));
  return { country, nodes: [country.asking, second] as const };
}

function act(node: CountryServer, word: "approve" | "suspend" | "resume", as: "consumer" | "provider") {
  const states = word === "approve" ? {} : { reason: "a test" };
  return orderAgreement(node, { order: "agreement act", agreement: "bank-own", word, as, states });
}

async function shown(node: CountryServer): Promise<AgreementReports["agreement show"]> {
  return orderAgreement(node, { order: "agreement show", agreement: "bank-own" });
}

t.test("a cluster of two nodes holds one set of agreements", { skip }, async (t) => {
  const { country, nodes } = await cluster(t);
  const [one, other] = nodes;
  const call = async (node: CountryServer) => {
    const ask = { path: pathOf(services.own, "/x"), client: clients.onboarding };
    return (await country.ask(ask, { port: node.gateway.ports.http! })).status;
  };
  await t.test(
    "what is agreed at one node counts at both, and so does a suspension at the other",
    async (t) => {
      const answered = inBase64(answers);
      await orderAgreement(one, {
        order: "agreement request",
        document: inBase64(document),
        answers: answered,
      });
      await act(one, "approve", "provider");
      t.equal(await call(one), 200);
      await until(async () => (await call(other)) === 200);
      await act(other, "suspend", "consumer");
      t.equal(await call(other), 403);
      const began = performance.now();
      await until(async () => (await call(one)) === 403);
      t.comment(`after ${Math.round(performance.now() - began)} ms`);
      await act(one, "resume", "consumer");
      await until(async () => (await call(other)) === 200);
    },
  );

  await t.test(
    "of two acts at once one is made anew behind the other, and both nodes hold the same",
    async (t) => {
      for (let round = 0; round < 6; round++) {
        const word = round % 2 === 0 ? "suspend" : "resume";
        await Promise.all([act(one, word, "provider"), act(other, word, "consumer")]);
        await until(async () => (await shown(one)).head === (await shown(other)).head);
      }
      const [here, there] = await Promise.all(nodes.map(shown));
      t.strictSame(here, there);
      t.equal(here!.acts.length, 4 + 12);
      const chain = here!.acts.map(({ previous }) => previous);
      t.strictSame(
        chain,
        [null, ...here!.acts.slice(0, -1).map(({ sha256 }) => sha256)],
        "each follows the one before",
      );
    },
  );

  await t.test("a node that starts later holds the same", async (t) => {
    const before = await shown(one);
    await other.restart();
    t.strictSame(await shown(other), before);
  });
});
