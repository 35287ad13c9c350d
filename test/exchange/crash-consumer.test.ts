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

/* `kill -9` of the consumer's gateway when a step is done, at each step, under traffic; then its restart. */

t.test("the consumer's gateway killed", async (t) => {
  const country = await SmallCountry.start(t);
  await givePatience(country, services.open);
  await country.answering.restart();
  await country.asking.stop();
  const gateway = new ChildGateway(country.asking.configurationFile);
  t.teardown(() => gateway.close());
  await gateway.start();
  const asking = await LoggedMessages.open(country.asking.stateDirectory);
  t.teardown(() => asking.close());
  const answering = country.answering.log;

  const inAndOut = [...deathsIn(passages.consumerIn), ...deathsIn(passages.consumerOut)];
  for (const { number, run } of inAndOut) {
    await t.test(`after step ${number}, ${run.name}: nothing is lost, nothing done twice`, async (t) => {
      const before = [await asking.count(), await answering.count(), country.register.calls.length] as const;
      const { dead } = await gateway.arm({ number, name: run.name, nth: 4 });
      const calls = await traffic(country, gateway.http);
      const exchangeId = await dead;
      await gateway.start();
      const again = await call(country, gateway.http);
      const after = {
        calls: [...calls, again],
        asking: await asking.after(before[0]),
        answering: await answering.after(before[1]),
        registerCalls: () => country.register.calls.slice(before[2]),
      };
      t.same(broken(after), [], "every answer is proven in both logs, every exchange has its end");
      t.same(await brokenChains(asking, answering), [], "the chains have no gap");
      t.equal(again.answer?.status, 200, "the restarted gateway serves");
      // What the gateway asks peers of its own accord may have begun before, and be what was cut.
      const cut = byExchange(await asking.after(0)).get(exchangeId);
      t.equal(story(cut), endOf(number, run.name), "the exchange in which it died");
      if (number < 8) return;
      const { status, signed } = await resend(country, cut![0]!, country.answering.parts.peerPort);
      t.same([status, signed?.document.id, signed?.document.type], [200, exchangeId, "response"]);
      t.same(broken(after), [], "the resend got the recorded answer; the register heard nothing of it");
    });
  }
});

/** What the log has of the exchange in which the process died. */
function endOf(number: number, name: string): string {
  if (number < 7) return "";
  if (name === "recordReceivedAnswer" || name === "noteConsumed") return "sent request, received response";
  return "sent request, sent fault interrupted";
}
