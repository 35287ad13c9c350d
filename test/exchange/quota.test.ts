import { readFileSync, writeFileSync } from "node:fs";
import t, { type Test } from "tap";
import type { ServiceId } from "../../src/core/ids.ts";
import { checkProblem, recorded } from "./country/expectation.ts";
import { clients, type MorePlans, type PlannedService, services } from "./country/plan.ts";
import type { RawAnswer } from "./country/raw-http.ts";
import { pathOf, SmallCountry } from "./country.ts";

/*
 * Quotas of services and agreements between real gateways: the last call that is allowed passes, the next one is refused
 * at the provider's door, and the register hears nothing of it.
 */

const service = (code: string, quota?: object): PlannedService => ({
  id: `${clients.population}/${code}` as ServiceId,
  contentKind: "opaque",
  endpoints: [["*", "/**"]],
  target: "register",
  ...(quota && { described: { quota } }),
});

const limited = {
  described: service("described", { perMinute: 2, perDay: 100 }),
  agreed: service("agreed"),
  daily: service("daily"),
  both: service("both", { perMinute: 2 }),
  watched: service("watched"),
  unreachable: { ...service("unreachable"), target: "closed-port" as const },
};

const agreed = (code: keyof typeof limited, quota?: object, consumer = clients.benefits) => ({
  id: `${consumer.split("/").at(-1)}-${code}`,
  consumer,
  service: limited[code].id,
  terms: { quota: quota ?? null },
});

const more: MorePlans = {
  services: Object.values(limited),
  agreements: [
    agreed("described"),
    agreed("described", undefined, clients.inspection),
    agreed("agreed", { perMinute: 2, over: "block" }),
    agreed("daily", { perMinute: 50, perDay: 3, over: "block" }),
    agreed("both", { perMinute: 3, over: "block" }),
    agreed("watched", { perMinute: 1, over: "alert" }),
    agreed("unreachable", { perMinute: 1, over: "block" }),
  ],
};

const country = await SmallCountry.start(t, { more });

const ask = (code: keyof typeof limited, client = clients.benefits): Promise<RawAnswer> =>
  country.ask({ path: pathOf(limited[code], "/x"), client });

/** So that no minute ends between two calls of a test. */
function nextMinute(): void {
  country.clock.ahead += 60_000 - (country.clock.now() % 60_000);
}
t.beforeEach(nextMinute);

const quotaRefusal = { ...recorded.refusedThere, code: "quota_exceeded", status: 429 } as const;

/** The figures of an answer: limit, what is left. */
const figures = (answer: RawAnswer) =>
  ["Limit", "Remaining"].map((name) => answer.header(`RateLimit-${name}`));

async function passes(t: Test, code: keyof typeof limited, ...left: [string, string][]): Promise<void> {
  for (const wanted of left) {
    const answer = await ask(code);
    t.strictSame([answer.status, ...figures(answer)], [200, ...wanted]);
  }
}

t.test("what a service grants each consumer: the last call passes, the next one is refused", async (t) => {
  await passes(t, "described", ["2", "1"], ["2", "0"]);
  const { result } = await checkProblem(t, country, () => ask("described"), {
    ...quotaRefusal,
    rule: "service.quota",
    detail: /: 2 a minute; the next one begins at \d{4}-\d\d-\d\dT\d\d:\d\d:00\.000Z$/,
  });
  t.strictSame(figures(result), ["2", "0"]);
  const wait = Number(result.header("Retry-After"));
  t.ok(wait > 0 && wait <= 60, `${wait} seconds`);
  t.equal(result.header("RateLimit-Reset"), result.header("Retry-After"));
  t.equal(result.header("RateLimit-Policy"), '"minute";q=2;w=60');
  t.equal(result.header("RateLimit"), `"minute";r=0;t=${wait}`);
  const others = await ask("described", clients.inspection);
  t.strictSame([others.status, ...figures(others)], [200, "2", "1"], "another consumer's calls count apart");
});

t.test("with the next minute it begins anew, and the day goes on", async (t) => {
  const answer = await ask("described");
  t.equal(answer.status, 200);
  t.match(answer.header("RateLimit"), /^"minute";r=1;t=\d+, "day";r=97;t=\d+$/);
  t.equal(answer.header("RateLimit-Policy"), '"minute";q=2;w=60, "day";q=100;w=86400');
});

t.test("what an agreement grants", async (t) => {
  await passes(t, "agreed", ["2", "1"], ["2", "0"]);
  await checkProblem(t, country, () => ask("agreed"), { ...quotaRefusal, rule: "agreement.quota" });
  await checkProblem(t, country, () => ask("agreed"), { ...quotaRefusal, rule: "agreement.quota" });
  nextMinute();
  await passes(t, "agreed", ["2", "1"]);
});

t.test("the day's quota ends before the minute's", async (t) => {
  await passes(t, "daily", ["3", "2"], ["3", "1"], ["3", "0"]);
  const refused = { ...quotaRefusal, rule: "agreement.quota", detail: /: 3 a day; / };
  const { result } = await checkProblem(t, country, () => ask("daily"), refused);
  t.ok(Number(result.header("Retry-After")) > 60);
  nextMinute();
  await checkProblem(t, country, () => ask("daily"), refused);
});

t.test("where service and agreement differ, the stricter one wins", async (t) => {
  await passes(t, "both", ["2", "1"], ["2", "0"]);
  await checkProblem(t, country, () => ask("both"), { ...quotaRefusal, rule: "service.quota" });
});

t.test("of parallel calls exactly as many pass as are allowed", async (t) => {
  const before = country.register.begun;
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask("agreed")));
  t.equal(country.register.begun - before, 2);
  t.strictSame(
    [200, 429].map((wanted) => answers.filter(({ status }) => status === wanted).length),
    [2, 18],
  );
});

t.test("a quota that is only watched: the call passes, and the operator is told", async (t) => {
  const alarms = () =>
    country.answering.gateway.health().alarms.filter(({ code }) => code === "quota_exceeded");
  await passes(t, "watched", ["1", "0"]);
  t.strictSame(alarms(), []);
  await passes(t, "watched", ["1", "0"], ["1", "0"]);
  t.match(alarms(), [
    { severity: "warning", about: "benefits-watched", detail: /^3 calls in the minute .*; 1 are agreed$/ },
  ]);
  const lines = country.answering.logLines.filter((line) => line.includes("quota is exceeded"));
  t.equal(lines.length, 1, "one line");
  country.clock.ahead += 16 * 60_000;
  t.strictSame(alarms(), []);
});

t.test("a call that never reached the service is given back", async (t) => {
  const fault = { ...recorded.faultThere, code: "service_unreachable" } as const;
  for (let i = 0; i < 3; i++) {
    const { result } = await checkProblem(t, country, () => ask("unreachable"), fault);
    t.strictSame(figures(result), ["1", "0"]);
  }
});

t.test("a call that is refused by another rule uses nothing, and tells nothing", async (t) => {
  await passes(t, "described", ["2", "1"]);
  const { result } = await country.watch(() => ask("described", clients.onboarding));
  t.match(result.json(), { code: "access_denied" });
  t.equal(result.header("RateLimit-Limit"), undefined);
  await passes(t, "described", ["2", "0"]);
});

t.test(
  "without a quota nothing is told, and what the service says of its own is not passed on",
  async (t) => {
    country.register.answer({ headers: ["RateLimit-Limit", "7", "RateLimit", '"x";r=1', "X-Own", "1"] });
    const open = await country.ask({ path: pathOf(services.open, "/x") });
    t.strictSame(
      open.headers.filter(([name]) => /^(?:ratelimit|x-own)/i.test(name)),
      [["X-Own", "1"]],
    );
    await passes(t, "described", ["2", "1"]);
    country.register.answer();
  },
);

t.test("a gateway that starts again has not forgotten", async (t) => {
  await passes(t, "agreed", ["2", "1"], ["2", "0"]);
  await country.answering.restart();
  await checkProblem(t, country, () => ask("agreed"), { ...quotaRefusal, rule: "agreement.quota" });
});

for (const [what, errors, type] of [
  ["the words of 7.7", { codes: "7.7" }, "Server.ServerProxy.AccessDenied"],
  ["plain HTTP", { statuses: "plain" }, "server.serverproxy.access_denied"],
] as const) {
  t.test(`429 and when to try again, also in ${what}`, async (t) => {
    const file = country.asking.configurationFile;
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), errors }));
    await country.asking.restart();
    nextMinute();
    await passes(t, "agreed", ["2", "1"], ["2", "0"]);
    const answer = await ask("agreed");
    t.strictSame([answer.status, answer.header("X-Road-Error")], [429, type]);
    t.ok(Number(answer.header("Retry-After")) > 1);
    t.match(answer.json(), { code: "quota_exceeded", rule: "agreement.quota" });
  });
}
