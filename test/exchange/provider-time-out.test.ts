import t from "tap";
import { forgeRequest, realRequest } from "./country/forgery.ts";
import { Peer } from "./country/peer.ts";
import { services } from "./country/plan.ts";
import { pathOf, SmallCountry } from "./country.ts";

const country = await SmallCountry.start(t);
const asking = new Peer(country, country.asking.parts.tls);
t.teardown(() => asking.close());

t.test("a consumer that asks for an hour holds a service for no longer than its own time-out", async (t) => {
  const quick = await realRequest(country, { path: pathOf(services.brisk) });
  country.register.answer(() => new Promise(() => {}));
  const forged = await forgeRequest(country, quick, {
    document: (d) => ({ ...d, deadline: d.ts + 3_600_000 }),
  });
  const seen = await country.watch(() => asking.send(forged));
  t.match(seen.result.signed?.document, { type: "fault", fault: { code: "service_timeout" } });
  t.same(
    seen.answering.map(({ what }) => what),
    ["received request", "sent fault"],
  );
});
