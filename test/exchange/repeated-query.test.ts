import t from "tap";
import { checkProblem, recorded } from "./country/expectation.ts";
import { clients, services } from "./country/plan.ts";
import { type Ask, pathOf, SmallCountry } from "./country.ts";

/* An X-Road-Id that the caller chose names one call: the second one is told of the first, and nothing is done twice. */

const country = await SmallCountry.start(t);
const asked = (queryId: string, more: Partial<Ask> = {}): Ask => ({
  path: pathOf(services.open, "/x"),
  headers: ["X-Road-Id", queryId],
  ...more,
});
const repeated = { code: "query_id_repeated", status: 409 } as const;

t.test("the same call again is told of the first one's exchange, and leaves no record", async (t) => {
  const first = await country.watch(() => country.ask(asked("case-1")));
  t.equal(first.result.status, 200);
  const seen = await checkProblem(t, country, () => country.ask(asked("case-1")), repeated);
  const exchange = first.asking[0]!.document.id;
  t.equal(seen.result.json().exchange, exchange);
  t.equal(seen.result.header("Sealway-Exchange-Id"), exchange);
  t.match(seen.result.json().message, exchange);
  t.equal(seen.result.header("Retry-After"), undefined, "nobody is led to do it again");
  t.equal(seen.result.header("x-road-id"), "case-1");
});

t.test("while the first one is running, too", async (t) => {
  const held = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  country.register.answer(async () => {
    begun.resolve();
    await held.promise;
    return {};
  });
  const running = country.ask(asked("case-2"));
  await begun.promise;
  await checkProblem(t, country, () => country.ask(asked("case-2")), {
    ...repeated,
    asking: [],
    answering: [],
  });
  held.resolve();
  t.equal((await running).status, 200);
  country.register.answer();
});

t.test("of twenty at once one is carried out", async (t) => {
  const before = country.register.begun;
  const answers = await Promise.all(Array.from({ length: 20 }, () => country.ask(asked("case-3"))));
  const [done, ...others] = answers.filter(({ status }) => status === 200);
  t.strictSame([others.length, country.register.begun - before], [0, 1]);
  const exchanges = new Set(answers.map((answer) => answer.header("Sealway-Exchange-Id")));
  t.strictSame([...exchanges], [done!.header("Sealway-Exchange-Id")]);
});

t.test("another client, another service and another id are other calls", async (t) => {
  const others = [
    asked("case-1", { client: clients.inspection }),
    asked("case-1", { path: pathOf(services.small, "/x") }),
    asked("case-1b"),
  ];
  for (const other of others) t.equal((await country.ask(other)).status, 200);
});

t.test("without an X-Road-Id nothing is taken for a repetition", async (t) => {
  for (let i = 0; i < 3; i++) t.equal((await country.ask({ path: pathOf(services.open, "/x") })).status, 200);
});

t.test("after the deadline of the first call the id is free again", async (t) => {
  // A call of this test's own: those before may have passed their deadlines on a busy machine.
  t.equal((await country.ask(asked("case-last"))).status, 200);
  await checkProblem(t, country, () => country.ask(asked("case-last")), repeated);
  country.clock.ahead += 60_000;
  t.equal((await country.ask(asked("case-last"))).status, 200);
});

t.test("a call that was refused may be made again with its id", async (t) => {
  const denied = asked("case-4", { client: clients.onboarding });
  const refusal = { ...recorded.refusedThere, code: "access_denied", rule: "agreement.exists" } as const;
  for (let i = 0; i < 2; i++) await checkProblem(t, country, () => country.ask(denied), refusal);
});

t.test(
  "nor does one that could not be sent keep its id, and one that may have been done keeps it",
  async (t) => {
    await country.answering.stop();
    const fault = { ...recorded.faultHere, code: "peer_unreachable" } as const;
    const watched = () => country.ask(asked("case-5"));
    for (let i = 0; i < 2; i++) {
      const answer = await watched();
      t.match(answer.json(), { code: fault.code });
    }
    await country.answering.start();
    country.register.answer((_, response) => void response.destroy());
    t.match((await country.ask(asked("case-6"))).json(), { code: "service_cut_off" });
    country.register.answer();
    t.match((await country.ask(asked("case-6"))).json(), { code: "query_id_repeated" });
  },
);

t.test("an id with a person's code in it stands nowhere in the store", async (t) => {
  t.equal((await country.ask(asked("case of 38001010000"))).status, 200);
  t.match((await country.ask(asked("case of 38001010000"))).json(), { code: "query_id_repeated" });
});

t.test("a gateway that starts again has not forgotten", async (t) => {
  const { result } = await country.watch(() => country.ask(asked("case-7")));
  t.equal(result.status, 200);
  await country.asking.restart();
  const again = await country.ask(asked("case-7"));
  t.match(again.json(), { code: "query_id_repeated", exchange: result.header("Sealway-Exchange-Id") });
});
