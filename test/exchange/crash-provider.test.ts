import t from "tap";
import { passages } from "../../src/exchange/pipeline.ts";
import { LoggedMessages } from "./country/logged.ts";
import { services } from "./country/plan.ts";
import { SmallCountry } from "./country.ts";
import { broken, brokenChains } from "./crash/aftermath.ts";
import { ChildGateway } from "./crash/child-gateway.ts";
import { deathsIn } from "./crash/deaths.ts";
import { resend } from "./crash/resend.ts";
import { byExchange, call, story, traffic } from "./crash/traffic.ts";
import { givePatience } from "./failure/patience.ts";

/* `kill -9` of the provider's gateway when a step is done, at each step, under traffic; then its restart. */

t.test("the provider's gateway killed", async (t) => {
  const country = await SmallCountry.start(t);
  await givePatience(country, services.open);
  await country.asking.restart();
  await country.answering.stop();
  const gateway = new ChildGateway(country.answering.configurationFile);
  t.teardown(() => gateway.close());
  await gateway.start();
  const answering = await LoggedMessages.open(country.answering.stateDirectory);
  t.teardown(() => answering.close());
  const asking = country.asking.log;
  const { http } = country.asking.gateway.ports;

  const inAndOut = [...deathsIn(passages.providerIn), ...deathsIn(passages.providerOut)];
  for (const { number, run } of inAndOut) {
    await t.test(`after step ${number}, ${run.name}: nothing is lost, nothing done twice`, async (t) => {
      const killed = async () => {
        const before = [
          await asking.count(),
          await answering.count(),
          country.register.calls.length,
        ] as const;
        const { dead } = await gateway.arm({ number, name: run.name, nth: 4 });
        const [exchangeId, all] = await Promise.all([dead, traffic(country, http!)]);
        await gateway.start();
        const calls = [...all, await call(country, http!)];
        const after = {
          calls,
          asking: await asking.after(before[0]),
          answering: await answering.after(before[1]),
          registerCalls: () => country.register.calls.slice(before[2]),
        };
        t.same(broken(after), [], "every answer is proven in both logs, every exchange has its end");
        t.same(await brokenChains(asking, answering), [], "the chains have no gap");
        t.equal(calls.at(-1)?.answer?.status, 200, "the restarted gateway serves");
        return { exchangeId, after };
      };
      let { exchangeId, after } = await killed();
      if (run.name === "identifyPeer") return;
      // One that was on its way before the traffic may have met the death instead.
      while (!byExchange(after.asking).has(exchangeId)) ({ exchangeId, after } = await killed());
      const cut = byExchange(after.answering).get(exchangeId);
      t.equal(story(cut), endOf(number), "the exchange in which it died");
      const [request] = byExchange(after.asking).get(exchangeId)!;
      const { status, problem, signed } = await resend(country, request!, country.answering.parts.peerPort);
      t.same([status, problem.code, signed?.document.type], resent[number < 12 ? "unknown" : "known"]);
      const done = after
        .registerCalls()
        .filter(({ target }) => target.endsWith(`/${request!.document.queryId}`));
      t.equal(
        done.length,
        number === 12 ? 0 : 1,
        "done once, unless it was stopped on its way to the register",
      );
    });
  }
});

/** What the log has of the exchange in which the process died. */
function endOf(number: number): string {
  if (number < 12) return "";
  return number === 16 ? "received request, sent response" : "received request, sent fault interrupted";
}

/** How a resend is answered after the restart: what is in the log is never done again. */
const resent = {
  unknown: [200, undefined, "response"],
  known: [409, "answer_not_kept", undefined],
} as const;
