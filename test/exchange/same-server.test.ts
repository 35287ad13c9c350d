import t from "tap";
import { checkAnswer } from "./country/expectation.ts";
import { clients, services } from "./country/plan.ts";
import { pathOf, SmallCountry } from "./country.ts";

/*
 * A subsystem that asks another one at the same server: the same two passages, over the server's own peer interface, and
 * both sides' records in the one log.
 */

const country = await SmallCountry.start(t);
const path = pathOf(services.own, "/thing?a=b");

t.test("an exchange within one server has all four records", async (t) => {
  country.register.answer({ body: "own" });
  const seen = await country.watch(() => country.ask({ path, client: clients.inspection }));
  t.same([seen.result.status, seen.result.body.toString(), seen.calls], [200, "own", 1]);
  t.same(
    seen.asking.map(({ what, record }) => `${record.role}: ${what}`),
    [
      "consumer: sent request",
      "provider: received request",
      "provider: sent response",
      "consumer: received response",
    ],
  );
  const [sent, received, answered, delivered] = seen.asking;
  t.same(received!.record.exchange, sent!.record.exchange);
  t.same(delivered!.record.signature, answered!.record.signature);
  t.same(seen.answering, []);
});

t.test("a subsystem may ask itself", async (t) => {
  const { result } = await country.watch(() => country.ask({ path }));
  t.equal(result.status, 200);
});

t.test("without an agreement it is refused, by a message in both halves of the log", async (t) => {
  const seen = await country.watch(() => country.ask({ path, client: clients.onboarding }));
  checkAnswer(t, seen.result, { code: "access_denied", hop: "provider", rule: "agreement.exists" });
  t.same(
    seen.asking.map(({ what, record }) => `${record.role}: ${what}`),
    [
      "consumer: sent request",
      "provider: received request",
      "provider: sent refusal",
      "consumer: received refusal",
    ],
  );
  t.equal(seen.calls, 0);
});

t.test("two calls at once do not mix", async (t) => {
  country.register.answer(({ target }) => ({ body: target }));
  const paths = Array.from({ length: 40 }, (_, i) => `/n${i}`);
  const answers = await Promise.all(
    paths.map((rest, i) => {
      const client = i % 2 === 0 ? clients.benefits : clients.inspection;
      return country.ask({ path: pathOf(services.own, rest), client });
    }),
  );
  t.same(
    answers.map(({ body }) => body.toString()),
    paths.map((rest) => `/base${rest}`),
  );
});

t.test("after a restart nothing is open and the chain is whole", async (t) => {
  const count = await country.asking.log.count();
  await country.asking.restart();
  t.equal(await country.asking.log.count(), count, "nothing had to be closed");
  t.same(await country.asking.log.findings(), []);
});
