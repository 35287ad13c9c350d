import t from "tap";
import { services } from "../country/plan.ts";
import { SmallCountry } from "../country.ts";
import { bothSides, call, changed, made, more, requested, terms } from "./agreement-scene.ts";

/*
 * The whole life of agreements between two gateways, over the exchange protocol, by the commands of their operators.
 */

t.test("between two gateways", async (t) => {
  const country = await SmallCountry.start(t, { asking: { errors: { statuses: "plain" } }, more });
  const { asking, answering } = country;

  t.test("the whole life of one agreement", async (t) => {
    t.equal(await call(country), "access_denied", "nobody agreed yet");
    const request = await requested(t, country, terms("bank-open"));
    t.match(request, { state: "requested", delivered: { outcome: "taken" } });
    t.equal(await call(country), "access_denied", "what is asked for permits nothing");
    const approval = await made(t, answering, "approve", "bank-open");
    t.match(approval, { state: "approved", delivered: { outcome: "taken" } });
    t.equal(await call(country), "200", "the next call is permitted, without a restart");
    const { acts } = await bothSides(t, country, "bank-open");
    t.match(acts, [
      { act: "request", by: "consumer", sha256: request.act, previous: null },
      { act: "approve", by: "provider", sha256: approval.act, previous: request.act },
    ]);
    t.match(
      acts.map(({ receipts }) => receipts.map(({ by }) => by)),
      [["provider"], ["consumer"]],
      "each side has the other's word that it took it",
    );

    const proposed = await changed(
      t,
      country,
      asking,
      terms("bank-open", services.open.id, { endpoints: [{ method: "*", path: "/**" }] }),
    );
    t.equal(proposed.state, "change-requested");
    t.equal(await call(country), "200", "what is in force stays in force");
    await made(t, answering, "approve", "bank-open");
    t.match(await bothSides(t, country, "bank-open"), { state: "approved", revision: 2 });
    t.equal(await call(country), "200");

    await made(t, asking, "end", "bank-open", "--reason", "no account is opened any more");
    t.match(await bothSides(t, country, "bank-open"), { state: "ended", terms: null });
    t.equal(await call(country), "access_denied", "the next call is refused");
    t.rejects(made(t, answering, "resume", "bank-open", "--reason", "x"), { code: "transition_refused" });
  });
});
