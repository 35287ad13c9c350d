import t from "tap";
import { AdmissionGate } from "../../src/core/admission-gate.ts";
import { checkProblem } from "../exchange/country/expectation.ts";
import { forgeRequest, realRequest } from "../exchange/country/forgery.ts";
import { Peer } from "../exchange/country/peer.ts";
import { clients, services } from "../exchange/country/plan.ts";
import { pathOf, SmallCountry } from "../exchange/country.ts";

/*
 * More work than a gateway takes is refused before it is looked at, by an error that says when to try again; one caller
 * cannot use up another's share; and a gateway that stops ends what it has begun.
 */

const country = await SmallCountry.start(t, {
  asking: { limits: { consumerExchanges: 4 } },
  answering: { limits: { providerExchanges: 6 } },
});
const path = pathOf(services.open, "/thing");
const request = await realRequest(country, { path });

/** Makes the register wait. @returns how many have come, and what lets them go */
function holdRegister() {
  let release: () => void = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let noticed: () => void = () => {};
  let count = 0;
  country.register.answer(async () => {
    count++;
    noticed();
    await released;
    return { body: "at last" };
  });
  const begun = async (wanted: number) => {
    while (count < wanted) await new Promise<void>((resolve) => (noticed = resolve));
  };
  return { release, begun };
}

t.test("one client's flood leaves room for the others", async (t) => {
  const { release, begun } = holdRegister();
  const first = [country.ask({ path }), country.ask({ path })];
  await begun(2);
  const expected = { code: "overloaded", status: 503 } as const;
  const { result } = await checkProblem(t, country, () => country.ask({ path }), expected);
  t.equal(result.header("Retry-After"), "1");
  const other = country.ask({ path, client: clients.inspection });
  await begun(3);
  release();
  const answers = await Promise.all([...first, other]);
  t.same(
    answers.map(({ status }) => status),
    [200, 200, 200],
  );
  country.register.answer();
  t.equal((await country.ask({ path })).status, 200, "there is room again");
});

t.test("one server's flood leaves room for the others", async (t) => {
  const { release, begun } = holdRegister();
  const peer = new Peer(country, country.asking.parts.tls);
  const messages = await Promise.all([1, 2, 3].map(() => forgeRequest(country, request)));
  const running = messages.map((message) => peer.send(message));
  await begun(3);
  const refused = await country.watch(async () => peer.send(await forgeRequest(country, request)));
  t.match(refused.result.problem, { code: "overloaded", exchange: null });
  t.same([refused.result.status, refused.result.headers["retry-after"]], [503, "1"]);
  t.same([refused.answering.length, refused.calls], [0, 0]);
  const stranger = new Peer(country, country.rogue.tls);
  t.match((await stranger.send(await forgeRequest(country, request))).problem, { code: "peer_unknown" });
  release();
  t.same(
    (await Promise.all(running)).map(({ status }) => status),
    [200, 200, 200],
  );
  for (const one of [peer, stranger]) one.close();
  country.register.answer();
});

t.test("a gateway that stops ends what it has begun and refuses the rest", async (t) => {
  const { release, begun } = holdRegister();
  const door = { port: country.asking.gateway.ports.http! };
  const running = country.ask({ path }, door);
  await begun(1);
  const stopping = country.asking.gateway.close();
  const refused = await country.ask({ path }, door);
  t.equal(refused.status, 503);
  t.equal(refused.header("X-Road-Error"), "server.clientproxy.maintenance_mode");
  t.equal(refused.header("Retry-After"), "1");
  const health = await fetch(`http://127.0.0.1:${country.asking.gateway.ports.health}/health/ready`);
  t.equal(health.status, 503, "what stands before several nodes sends calls to another one");
  t.match(await health.json(), { status: "unable", alarms: [{ code: "draining" }] });
  release();
  t.equal((await running).body.toString(), "at last");
  await stopping;
  country.register.answer();
});

t.test("a gate counts what enters and leaves", async (t) => {
  const gate = new AdmissionGate(3);
  gate.enter("a");
  gate.enter("a");
  t.throws(() => gate.enter("a"), { code: "overloaded" });
  gate.enter("b");
  t.throws(() => gate.enter("c"), { code: "overloaded" });
  gate.leave("a");
  gate.enter("c");
  t.equal(gate.running, 3);
  const drained = gate.drain();
  t.throws(() => gate.enter("d"), { code: "draining" });
  for (const caller of ["a", "b", "c"]) gate.leave(caller);
  await drained;
  await gate.drain();
});
