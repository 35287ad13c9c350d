import t from "tap";
import { orderRestriction } from "../../../src/assembly/restriction-orders.ts";
import { reviewEmergency } from "../../../src/assembly/review-emergency.ts";
import type { ExchangeId } from "../../../src/core/ids.ts";
import { clients, type PlannedService } from "../../exchange/country/plan.ts";
import { recordSchema } from "../../exchange/country/records.ts";
import type { CountryServer } from "../../exchange/country/server.ts";
import { pathOf } from "../../exchange/country.ts";
import { order as casework, reported } from "../../exchange/feedback/orders.ts";
import { publish } from "../../exchange/move/second-server.ts";
import {
  lookUp,
  newWorld,
  order,
  person,
  personsList,
  restrictedLookUp,
} from "../../exchange/restriction/world.ts";
import { until } from "../../until.ts";
import { oldestPostgres, PostgresServer } from "./postgres-server.ts";
import { secondNode } from "./second-node.ts";

/*
 * Two nodes of a provider's server: what one of them is told of restrictions, emergencies and reports counts at the other
 * within seconds. Peers reach one node at a time here, so that it is known which one is asked.
 */

const version = await oldestPostgres();
const skip = version === undefined && "no PostgreSQL is installed here";

const treated = {
  ...{ id: `${clients.population}/treated`, contentKind: "json", target: "register" },
  endpoints: [["GET", "/persons/{code}", { in: "path", name: "code" }]],
  described: {
    purposes: [
      {
        ...{ id: "treatment", title: { en: "Treatment" }, elements: ["person.name"] },
        ...{ permission: "consent", emergency: true },
      },
    ],
  },
  firstEndpoint: { responses: { "200": { schema: recordSchema } } },
} as unknown as PlannedService;
const terms = { purposes: [{ id: "treatment" }], emergency: true };
const more = {
  services: [treated],
  agreements: [{ id: "in-need", consumer: clients.benefits, service: treated.id, terms }],
};

t.test("a provider's server of two nodes", { skip }, async (t) => {
  const server = await PostgresServer.start(t, version!);
  const world = await newWorld(t, { answering: { postgresql: await server.newDatabase() }, more });
  const { country } = world;
  const { asking, answering, authority, registry } = country;
  const second = await secondNode(t, country, answering);
  /** From now on peers reach this node alone. */
  let reached = answering;
  const reachOnly = async (node: CountryServer) => {
    const { parts } = node;
    if (node === reached) return;
    reached = node;
    const addresses = [{ host: "127.0.0.1", port: parts.peerPort }];
    const servers = registry.servers.map((one) => (one.id === parts.id ? { ...one, addresses } : one));
    await publish(authority, { ...registry, servers }, [asking, answering, second]);
  };
  const listed = async () => {
    const list = await personsList(country, `/v1/usages?userCode=${person}`);
    return (list.entries as readonly { readonly exchange: string }[]).map(({ exchange }) => exchange);
  };
  const exchange = async (ask: Parameters<typeof country.ask>[0]) => {
    const answer = await country.ask(ask);
    t.equal(answer.status, 200, answer.body.toString());
    return answer.header("Sealway-Exchange-Id") as ExchangeId;
  };

  await t.test(
    "a restriction that one node was told of hides at the other, until it is lifted",
    async (t) => {
      await reachOnly(answering);
      const { id } = await order(world);
      await reachOnly(second);
      const hidden = await exchange(restrictedLookUp("hidden"));
      const shown = await exchange(lookUp(clients.onboarding, "letters", "letters"));
      await until("the other node knows", async () => {
        const all = await listed();
        return all.includes(shown) && !all.includes(hidden);
      });
      await reachOnly(answering);
      t.notOk((await listed()).includes(hidden), "nor does the first one show it");
      await orderRestriction(asking, { order: "restriction lift", id });
      await reachOnly(second);
      await until("the other node shows it", async () => (await listed()).includes(hidden));
    },
  );

  await t.test("an emergency at one node is an alarm of both, until it is reviewed at either", async (t) => {
    await reachOnly(answering);
    const headers = [
      "Sealway-Purpose",
      "treatment",
      "Sealway-Emergency",
      "Unconscious",
      "X-Road-UserId",
      "EE1",
    ];
    const id = await exchange({ path: pathOf(treated, `/persons/${person}`), headers });
    const alarms = ({ gateway }: CountryServer) =>
      gateway.health().alarms.filter(({ code }) => code === "emergency_unreviewed").length;
    t.equal(alarms(answering), 1);
    await until("the other node tells of it", () => alarms(second) === 1);
    const review = {
      order: "emergency review",
      exchange: id,
      finding: "justified",
      who: "An Officer",
      why: "The ward confirms it",
    } as const;
    t.match(await reviewEmergency(second, review), [{ exchange: id, role: "provider" }]);
    await until("the first node knows", () => alarms(answering) === 0);
    t.equal(alarms(second), 0);
    await t.rejects(reviewEmergency(answering, review), { code: "not_found" });
  });

  await t.test("a report to one node is answered at the other, once", async (t) => {
    const about = await exchange(lookUp(clients.benefits, "reported"));
    await reachOnly(second);
    const { report: id } = await casework(asking, {
      order: "feedback send",
      about,
      kind: "wrong",
      fields: ["/address/city"],
      text: "She moved",
    });
    await reported(answering, { order: "feedback list" }, (all) => all.some(({ report }) => report === id));
    t.match(await casework(answering, { order: "feedback show", id }), { state: "open", text: "She moved" });
    await casework(answering, { order: "feedback answer", id, outcome: "corrected" });
    await reported(asking, { order: "feedback list" }, (all) => all[0]?.state === "answered");
    await reported(second, { order: "feedback list" }, (all) => all[0]?.state === "answered");
    const again = { order: "feedback answer", id, outcome: "unchanged", reason: "No" } as const;
    await t.rejects(casework(second, again), { code: "already_answered" });
  });
});
