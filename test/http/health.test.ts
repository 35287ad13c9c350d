import t from "tap";
import { AlarmBook } from "../../src/assembly/alarm-book.ts";
import type { Health } from "../../src/http/health-interface.ts";
import { services } from "../exchange/country/plan.ts";
import { pathOf, SmallCountry } from "../exchange/country.ts";

/* What operators are told: each service by its last calls, alarms with their beginning, red apart from unable. */

const country = await SmallCountry.start(t);
const { answering, asking, clock, trust } = country;
const minute = 60_000;

async function health(server = answering): Promise<Health & { readonly http: number }> {
  const response = await fetch(`http://127.0.0.1:${server.gateway.ports.health}/health`);
  return { ...((await response.json()) as Health), http: response.status };
}

async function stateOf({ id }: { readonly id: string }) {
  return (await health()).services.find(({ service }) => service === id)!;
}

const ask = (service: { readonly id: string }) => country.ask({ path: pathOf(service, "/a") });

t.test("a service by its last calls", async (t) => {
  t.match(await stateOf(services.open), { state: "unused", running: 0, concurrency: 64, lastSuccess: null });
  const before = clock.now();
  await ask(services.open);
  const good = await stateOf(services.open);
  t.match(good, { state: "ok", lastFailure: null, lastFailureCode: null });
  t.ok(good.lastSuccess! >= before && good.lastSuccess! <= clock.now());
  country.register.answer((_, response) => void response.destroy());
  await ask(services.open);
  t.match(await stateOf(services.open), { state: "failing", lastFailureCode: "service_cut_off" });
  country.register.answer();
  await ask(services.open);
  t.match(await stateOf(services.open), { state: "ok", lastFailureCode: "service_cut_off" });
  t.same((await health()).status, "ok", "one call is no alarm");
});

t.test("a service that cannot be reached is out, and an alarm says so", async (t) => {
  for (let i = 0; i < 5; i++) await ask(services.down);
  t.match(await stateOf(services.down), { state: "out", lastFailureCode: "service_unreachable" });
  const { alarms, http, status } = await health();
  t.same([http, status], [200, "degraded"]);
  t.match(alarms, [
    { code: "service_out", severity: "warning", about: services.down.id, since: Number, remedy: /\w/ },
  ]);
  clock.ahead += 6_000;
  t.match(await stateOf(services.down), { state: "failing" });
  t.same((await health()).alarms, []);
});

t.test("time-stamps that are an hour late are red, and exchanges go on", async (t) => {
  trust.tsa.knobs.fault = "off";
  await ask(services.open);
  await asking.gateway.sealNow();
  clock.ahead += 6 * minute;
  const late = (await health(asking)).alarms.find(({ code }) => code === "timestamping_late")!;
  t.equal(late.severity, "warning");
  clock.ahead += 55 * minute;
  const { alarms, http, status } = await health(asking);
  t.same([http, status], [200, "degraded"]);
  const red = alarms.find(({ code }) => code === "timestamping_late")!;
  t.equal(red.severity, "critical");
  t.equal(red.since, late.since, "the same alarm, grown");
  t.equal((await ask(services.open)).status, 200);
  trust.tsa.knobs.fault = "none";
});

t.test("ready is as health says, live is live", async (t) => {
  const at = (path: string) => fetch(`http://127.0.0.1:${asking.gateway.ports.health}${path}`);
  t.equal((await at("/health/ready")).status, 200);
  clock.ahead += 80 * 60 * minute;
  t.equal((await at("/health/ready")).status, 503, "the configuration has expired");
  t.equal((await at("/health")).status, 503);
  const live = await at("/health/live");
  t.same([live.status, await live.json()], [200, { status: "ok" }]);
  t.equal((await at("/metrics")).status, 200, "figures are told all the same");
  t.equal(live.headers.get("cache-control"), "no-store");
  t.equal((await at("/health/other")).status, 404);
});

t.test("an alarm keeps its beginning while it stands, by code and by what it is about", async (t) => {
  const book = new AlarmBook();
  const alarm = (code: string, detail: string, about?: string) => {
    return { code, severity: "warning", detail, remedy: "", ...(about !== undefined && { about }) } as const;
  };
  const since = (alarms: readonly { since: number }[]) => alarms.map((one) => one.since);
  t.same(since(book.note([alarm("a", "1")], 10)), [10]);
  t.same(since(book.note([alarm("a", "2"), alarm("a", "1", "x")], 20)), [10, 20]);
  t.same(since(book.note([alarm("a", "1", "x")], 30)), [20]);
  t.same(
    since(book.note([alarm("a", "3"), alarm("a", "1", "x")], 40)),
    [40, 20],
    "it ended, and began again",
  );
});
