import { join } from "node:path";
import t from "tap";
import type { LogReader } from "../../src/messagelog/message-store.ts";
import { openLogReader } from "../../src/store/sqlite/log-reader.ts";
import { services } from "./country/plan.ts";
import type { CountryServer } from "./country/server.ts";
import { pathOf, SmallCountry } from "./country.ts";
import { resend } from "./crash/resend.ts";
import { healthOf } from "./failure/health.ts";
import { told } from "./failure/told.ts";

/* The time-stamping authority fails: traffic goes on, with an alarm, until what waits has waited too long. */

const minute = 60_000;
const country = await SmallCountry.start(t, { asking: { errors: { statuses: "plain" } } });
const { asking, answering, clock, trust } = country;
const ask = () => country.watch(() => country.ask({ path: pathOf(services.open, "/a") }));

/** Records that no batch covers. */
async function unsealed({ stateDirectory }: CountryServer): Promise<number> {
  const log: LogReader = openLogReader(join(stateDirectory, "log"));
  try {
    const { spans, oldestBeyond } = await log.unsealed(1_000_000);
    if (oldestBeyond !== undefined) throw new Error("there is more");
    return spans.reduce((sum, { first, last }) => sum + last - first + 1, 0);
  } finally {
    log.close();
  }
}

async function timestampAlarms(server: CountryServer): Promise<string[]> {
  return (await healthOf(server)).alarms.filter((alarm) => alarm.includes("timestamping"));
}

t.test("with an authority, every record is stamped at once when somebody asks", async (t) => {
  t.equal((await ask()).result.status, 200);
  t.same(await Promise.all([asking.gateway.sealNow(), answering.gateway.sealNow()]), [true, true]);
  t.same(await Promise.all([unsealed(asking), unsealed(answering)]), [0, 0]);
  t.equal((await healthOf(asking)).timestampLagMs, 0);
});

for (const fault of [
  "off",
  "reset",
  "garbage",
  "rejection",
  "wrong-nonce",
  "wrong-imprint",
  "wrong-signer",
]) {
  t.test(`an authority that fails (${fault}): the call is answered, no stamp is taken`, async (t) => {
    trust.tsa.knobs.fault = fault;
    t.equal((await ask()).result.status, 200);
    t.equal(await asking.gateway.sealNow(), false);
    trust.tsa.knobs.fault = "none";
    t.ok((await unsealed(asking)) >= 2);
  });
}

t.test("a stamp whose own certificate has no good OCSP response is not taken", async (t) => {
  trust.ocsp.knobs.fault = "off";
  t.equal(await asking.gateway.sealNow(), false);
  trust.ocsp.knobs.fault = "none";
});

t.test(
  "an authority that is off for minutes: an alarm after five, and what waits is stamped later",
  async (t) => {
    await Promise.all([asking.gateway.sealNow(), answering.gateway.sealNow()]);
    trust.tsa.knobs.fault = "off";
    t.equal((await ask()).result.status, 200);
    t.equal(await asking.gateway.sealNow(), false);
    clock.ahead += 4 * minute;
    t.same(await timestampAlarms(asking), [], "four minutes are no reason for an alarm");
    clock.ahead += 2 * minute;
    t.same(await timestampAlarms(asking), ["warning timestamping_late"]);
    const { http, details } = await healthOf(asking);
    t.equal(http, 200, "a load balancer goes on sending");
    t.match(details.join(), /the oldest message has waited 6 minutes: .* answered with status 503/);
    t.equal((await ask()).result.status, 200, "traffic goes on");
    trust.tsa.knobs.fault = "none";
    t.equal(await asking.gateway.sealNow(), true);
    t.same(await timestampAlarms(asking), []);
    t.equal(await unsealed(asking), 0, "all that waited is stamped");
  },
);

t.test(
  "after the longest wait that the authority allows, nothing new is begun until there is a stamp",
  async (t) => {
    const { registry, authority } = country;
    const parameters = { ...registry.parameters, timestampMaxLagSeconds: 1800 };
    await authority.publish({ ...registry, parameters });
    await Promise.all([asking.restart(), answering.restart()]);
    trust.tsa.knobs.fault = "off";
    const { result, asking: sent } = await ask();
    t.equal(result.status, 200);
    await Promise.all([asking.gateway.sealNow(), answering.gateway.sealNow()]);
    clock.ahead += 29 * minute;
    t.equal((await ask()).result.status, 200, "29 of 30 minutes");
    clock.ahead += 2 * minute;

    const refused = await ask();
    t.same(told(refused), {
      ...{ status: 503, code: "timestamping_overdue", hop: "consumer" },
      ...{ asking: "", answering: "", calls: 0 },
    });
    t.equal(refused.result.header("retry-after"), "1");
    const seen = await country.watch(() => resend(country, sent[0]!, answering.parts.peerPort));
    t.same(
      [seen.result.status, seen.result.problem.code],
      [503, "timestamping_overdue"],
      "the provider as well",
    );
    t.same([seen.answering.length, seen.calls], [0, 0]);
    const sick = await healthOf(asking);
    t.same([sick.http, sick.status], [503, "unable"]);
    t.ok(sick.alarms.includes("critical timestamping_overdue"));

    trust.tsa.knobs.fault = "none";
    t.same(await Promise.all([asking.gateway.sealNow(), answering.gateway.sealNow()]), [true, true]);
    t.equal((await ask()).result.status, 200, "stamped, it goes on by itself");
  },
);

t.test("what an earlier run left unstamped is stamped by the next", async (t) => {
  trust.tsa.knobs.fault = "off";
  t.equal((await ask()).result.status, 200);
  await Promise.all([asking.stop(), answering.stop()]);
  t.ok((await unsealed(asking)) >= 2, "it stopped without a stamp");
  trust.tsa.knobs.fault = "none";
  await Promise.all([asking.start(), answering.start()]);

  t.equal(await asking.gateway.sealNow(), true);
  t.equal(await unsealed(asking), 0);
  t.same(await asking.log.findings(), []);
});
