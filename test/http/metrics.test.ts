import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { errorCodes } from "../../src/core/error-codes.ts";
import { stepGroups } from "../../src/exchange/pipeline.ts";
import { type MetricEntry, metricsTable } from "../../src/http/metrics-table.ts";
import { clients, services } from "../exchange/country/plan.ts";
import type { CountryServer } from "../exchange/country/server.ts";
import { pathOf, SmallCountry } from "../exchange/country.ts";
import { figureOf, parsePrometheusText, type ScrapedMetric } from "./prometheus-text.ts";

/*
 * What is scraped: text of the exact form, every metric of the table and no other, counters that move with exchanges,
 * and labels that nobody outside can choose.
 */

const country = await SmallCountry.start(t);
const { asking, answering } = country;

async function scrape({ gateway }: CountryServer): Promise<ReadonlyMap<string, ScrapedMetric>> {
  const response = await fetch(`http://127.0.0.1:${gateway.ports.health}/metrics`);
  const type = response.headers.get("content-type");
  if (type !== "text/plain; version=0.0.4; charset=utf-8") throw new Error(`content-type: ${type}`);
  return parsePrometheusText(await response.text());
}

/** How much a figure grows by an act. */
async function growth(
  server: CountryServer,
  act: () => Promise<unknown>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<number> {
  const before = figureOf(await scrape(server), name, labels);
  await act();
  return figureOf(await scrape(server), name, labels) - before;
}

const ask =
  (service: { readonly id: string } = services.open) =>
  () =>
    country.ask({ path: pathOf(service, "/a") });

t.test("every metric of the table is scraped as the table says, and no other", async (t) => {
  await ask()();
  for (const server of [asking, answering]) {
    // Its time-stamp tells how far the clock is off.
    await server.gateway.sealNow();
    const metrics = await scrape(server);
    const entries = Object.entries<MetricEntry>(metricsTable);
    t.strictSame(
      [...metrics].map(([name, { type, help }]) => [name, type, help]),
      entries.map(([name, { kind, help }]) => [name, kind, help]),
    );
    for (const [name, { labels }] of entries) {
      const { samples } = metrics.get(name)!;
      t.ok(samples.length > 0 || name.startsWith("sealway_service_"), `${name} has figures`);
      const names = new Set(samples.flatMap((sample) => Object.keys(sample.labels)));
      names.delete("le");
      if (samples.length > 0) t.strictSame([...names], Object.keys(labels), `${name}: its labels`);
    }
  }
});

t.test("every metric of the table is used by the code", async (t) => {
  const root = join(import.meta.dirname, "../..");
  const texts = globSync("src/**/*.ts", { cwd: root })
    .filter((path) => !path.endsWith("metrics-table.ts"))
    .map((path) => readFileSync(join(root, path), "utf8"))
    .join("\n");
  const unused = Object.keys(metricsTable).filter((name) => !texts.includes(`"${name}"`));
  t.strictSame(unused, []);
});

t.test("an exchange moves the counters of both sides", async (t) => {
  const total = "sealway_exchanges_total";
  const answered = { outcome: "answered", code: "none" };
  t.equal(await growth(asking, ask(), total, { role: "consumer", ...answered }), 1);
  t.equal(await growth(answering, ask(), total, { role: "provider", ...answered }), 1);
  t.equal(await growth(asking, ask(), total), 1, "and nothing else");
  t.equal(await growth(asking, ask(), "sealway_log_records_total"), 2);
  t.ok((await growth(asking, ask(), "sealway_log_commit_records_count")) >= 2);
  t.equal(await growth(asking, ask(), "sealway_log_append_seconds_count"), 2);
  t.equal(await growth(asking, ask(), "sealway_exchange_duration_seconds_count"), 1);
  const service = { service: services.open.id };
  const byService = "sealway_service_exchanges_total";
  t.equal(await growth(answering, ask(), byService, { ...service, result: "succeeded" }), 1);
  t.equal(await growth(answering, () => answering.gateway.sealNow(), "sealway_log_batches_total"), 1);
  for (const group of stepGroups) {
    const server = group.passage.startsWith("consumer") ? asking : answering;
    t.equal(await growth(server, ask(), "sealway_step_duration_seconds_count", { ...group }), 1);
  }
});

t.test("what is refused and what fails is counted by its code, on both sides", async (t) => {
  const total = "sealway_exchanges_total";
  const expired = { outcome: "refused", code: "access_denied" };
  t.equal(await growth(asking, ask(services.expired), total, { role: "consumer", ...expired }), 1);
  t.equal(await growth(answering, ask(services.expired), total, { role: "provider", ...expired }), 1);
  const down = { outcome: "failed", code: "service_unreachable" };
  t.equal(await growth(asking, ask(services.down), total, { role: "consumer", ...down }), 1);
  t.equal(await growth(answering, ask(services.down), total, { role: "provider", ...down }), 1);
  const failed = { service: services.down.id, result: "failed" };
  t.equal(await growth(answering, ask(services.down), "sealway_service_exchanges_total", failed), 1);
});

t.test("a status of the service, which may depend on a person, changes no figure of it", async (t) => {
  country.register.answer({ status: 404, body: "nobody" });
  const labels = { service: services.open.id, result: "succeeded" };
  t.equal(await growth(answering, ask(), "sealway_service_exchanges_total", labels), 1);
  country.register.answer();
});

t.test("no label is chosen by a caller, not with a mebibyte, a quote or a line break", async (t) => {
  const before = await labelValues();
  const hostile = `x"}\\n${"y".repeat(1_048_576)}`;
  await Promise.allSettled([
    country.ask({ path: `/r1/DEV/GOV/1/a/${hostile}` }),
    country.ask({ path: pathOf(services.open, `/${hostile}`) }),
    country.ask({ path: pathOf(services.open), method: "INVENTED" }),
    country.ask({ path: pathOf(services.open), client: `DEV/GOV/${hostile}/b` }),
    country.ask({ path: "/r1/DEV/GOV/10000001/population/46808039945" }),
    country.ask({
      path: pathOf(services.open),
      headers: ["X-Road-Id", "46808039945", "X-Road-UserId", "EE1"],
    }),
    country.ask({ path: pathOf(services.persons, "/persons/46808039945") }),
    country.ask({ path: pathOf(services.open), client: "DEV/GOV/46808039945/b" }),
  ]);
  const added = [...(await labelValues())].filter((value) => !before.has(value));
  const known = new Set<string>([...Object.keys(errorCodes), "refused", "failed", "not_taken", "answered"]);
  t.strictSame(
    added.filter((value) => !known.has(value)),
    [],
  );
  t.ok(added.length > 0, "they were counted");
});

/** All values of labels at both servers. */
async function labelValues(): Promise<Set<string>> {
  const all = await Promise.all([asking, answering].map(scrape));
  return new Set(
    all.flatMap((metrics) =>
      [...metrics.values()].flatMap(({ samples }) => samples.flatMap(({ labels }) => Object.values(labels))),
    ),
  );
}

t.test("labels name no member but those of services that are provided here", async (t) => {
  const values = [...(await labelValues())].filter((value) => value.includes("/"));
  const configured = [asking, answering].flatMap((server) => {
    const { services } = JSON.parse(readFileSync(server.configurationFile, "utf8"));
    return services.map(({ id }: { id: string }) => id);
  });
  t.strictSame(values.toSorted(), configured.toSorted());
});

t.test("the state of trust is told in figures that make sense", async (t) => {
  const metrics = await scrape(asking);
  const year = 365 * 86_400;
  const between = (name: string, labels: object, least: number, most: number) => {
    const value = figureOf(metrics, name, labels as Record<string, string>);
    t.ok(value >= least && value <= most, `${name} is ${value}`);
  };
  between("sealway_configuration_age_seconds", {}, 0, 120);
  between("sealway_configuration_expiry_seconds", {}, 60, year);
  between("sealway_configuration_version", {}, 1, 10);
  between("sealway_ocsp_age_seconds", {}, 0, 8 * 3600);
  between("sealway_certificate_expiry_seconds", { use: "seal" }, 1, 20 * year);
  between("sealway_certificate_expiry_seconds", { use: "tls" }, 1, 20 * year);
  between("sealway_log_available", {}, 1, 1);
  between("sealway_peer_addresses", { state: "ok" }, 1, 3);
  between("sealway_process_resident_memory_bytes", {}, 1e7, 1e11);
  t.ok(figureOf(metrics, "sealway_event_loop_delay_seconds", { quantile: "1" }) > 0);
});

t.test("an overloaded gateway counts whom it does not let in", async (t) => {
  const crowded = await SmallCountry.start(t, { asking: { limits: { consumerExchanges: 2 } } });
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  let came = () => {};
  const arrived = new Promise<void>((resolve) => (came = resolve));
  crowded.register.answer(async () => {
    came();
    await held;
    return {};
  });
  const path = pathOf(services.open, "/a");
  const first = crowded.ask({ path });
  await arrived;
  t.equal(figureOf(await scrape(crowded.asking), "sealway_exchanges_running", { role: "consumer" }), 1);
  t.equal(
    figureOf(await scrape(crowded.answering), "sealway_service_calls_running", { service: services.open.id }),
    1,
  );
  const refused = await crowded.ask({ path });
  t.equal(refused.header("retry-after"), "1");
  release();
  await first;
  const metrics = await scrape(crowded.asking);
  const labels = { role: "consumer", outcome: "not_taken", code: "overloaded" };
  t.equal(figureOf(metrics, "sealway_exchanges_total", labels), 1);
  t.equal(figureOf(metrics, "sealway_exchanges_limit", { role: "consumer" }), 2);
});

t.test("bytes in the spool are counted while a large body is there, and no longer", async (t) => {
  let seen = 0;
  country.register.answer(async () => {
    seen = figureOf(await scrape(answering), "sealway_spool_bytes");
    return {};
  });
  await country.ask({ path: pathOf(services.open), method: "POST", body: Buffer.alloc(700_000) });
  t.ok(seen >= 700_000, `${seen} bytes`);
  t.equal(figureOf(await scrape(answering), "sealway_spool_bytes"), 0);
  country.register.answer();
});

t.test("metrics and health are not told at the interfaces for others", async (t) => {
  for (const path of ["/metrics", "/health", "/health/live", "/health/ready"]) {
    const answer = await country.ask({ path, client: clients.benefits });
    t.not(answer.status, 200, path);
    t.notMatch(answer.body.toString(), /sealway_|alarms/);
  }
});
