/*
 * npx node test/console/measure-pages.ts [services] [exchanges] [rounds]      1000, 100000 and 15 unless told
 *
 * How long the console's pages take with many services, an agreement on each, and many exchanges in the log: the time of
 * the server, as its log has it. `sealway console` is a process of its own beside a small country in one process. Ten
 * million exchanges take 35 GB where temporary files lie (TMPDIR), and half an hour before the first page.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { roles } from "../../src/admin/roles.ts";
import { openReader, openStore } from "../../src/assembly/log-store.ts";
import { searchDirectory } from "../../src/assembly/open-search.ts";
import { systemClock } from "../../src/core/clock.ts";
import type { ServiceId } from "../../src/core/ids.ts";
import { fillStore } from "../../src/dev/bench/bench-message-log.ts";
import {
  permissionOf,
  personScheme,
  queryIdOf,
  SyntheticTraffic,
} from "../../src/dev/bench/log-bench-traffic.ts";
import { Progress } from "../../src/dev/bench/log-ground.ts";
import type { SyntheticExchange } from "../../src/dev/bench/synthetic-exchange.ts";
import { type RunningProcess, startProcess } from "../../src/dev/country/child-process.ts";
import { IndexBuilder } from "../../src/messagelog/search/index-builder.ts";
import { SegmentFiles } from "../../src/messagelog/search/segment-files.ts";
import { AdminScene } from "../admin/admin-scene.ts";
import { residence } from "../catalogue/residence.ts";
import { clients, type PlannedService, services as planned } from "../exchange/country/plan.ts";
import { pathOf, type SmallCountry } from "../exchange/country.ts";
import { ConsoleBrowser, type ConsolePage } from "./console-browser.ts";

const [count = 1000, exchanges = 100_000, rounds = 15] = process.argv.slice(2).map(Number);
const closing: (() => unknown)[] = [];
const { id: _, version: __, endpoints, ...described } = residence;
const services = Array.from({ length: count }, (_one, i): PlannedService => {
  const title = { en: `Residence of persons ${i}`, zh: `居住地 ${i}` };
  return {
    ...{ id: `${clients.population}/homes-${i}` as ServiceId, contentKind: "json", target: "register" },
    ...{ described: { ...described, title }, endpoints: [["GET", "/persons/{code}"]] },
    firstEndpoint: endpoints[0],
  };
});
const agreements = services.map(({ id }, i) => ({
  id: `homes-${i}`,
  consumer: clients.benefits,
  service: id,
}));

/** Traffic of members that this server hosts: one of them asks seldom. */
class HostedTraffic {
  readonly #traffic = new SyntheticTraffic("pages");
  #count = 0;

  next(time: number): SyntheticExchange {
    const exchange = this.#traffic.next(time);
    const own = this.#count++ % 1000 === 0 ? clients.onboarding : clients.benefits;
    if (exchange.role === "consumer") return { ...exchange, consumer: own };
    return { ...exchange, service: `${own}/${exchange.service.split("/").at(-1)}` };
  }
}

/** The log and its index are written before the gateway starts. */
async function fill({ asking: { stateDirectory } }: SmallCountry): Promise<void> {
  const progress = new Progress(console.log, new AbortController().signal);
  const store = await openStore({ stateDirectory }, systemClock, () => undefined);
  await fillStore(store, { records: 2 * exchanges, traffic: new HostedTraffic(), progress });
  await store.close();
  const files = new SegmentFiles(searchDirectory(stateDirectory));
  const builder = new IndexBuilder(openReader({ stateDirectory }), files);
  await builder.advance(({ read, of }) => progress.often(() => `${read} of ${of} records in the index`));
  builder.close();
}

const scene = await AdminScene.start(
  { teardown: (close) => closing.unshift(close) },
  { more: { services, agreements }, beforeStart: fill, registration: "taken" },
);
/** What is sought among exchanges: what is often there, seldom and never. */
const found = [
  ...["consumer=BENCH%2FCOM%2F90000009%2Fseldom", "consumer=DEV%2FCOM%2F30000001%2Fonboarding"],
  ...["code=rule.of-seldom", "code=rule.of-nobody", "outcome=refused", "slower=20000", "order=oldest"],
  ...["purpose=purpose-59", "agreement=agreement-199", "verdict=deny&role=provider&since=2020-01-01T00%3A00"],
];
const personal = [
  { queryId: queryIdOf(17) },
  { permission: permissionOf(20) },
  { scheme: personScheme, value: "4711" },
];
const everyRole = roles.filter((role) => role !== "administrator");
try {
  const [one, other] = await sealedExchanges();
  const { id, key } = await scene.user("administrator");
  for (const [i, role] of everyRole.entries())
    await scene.call(`/users/${id}/roles`, {
      ...{ method: "POST", key: scene.first.key, headers: { "if-match": `"${i + 2}"` } },
      body: { role, place: "*", reason: "Measured" },
    });
  const server = await consoleProcess();
  const browser = await ConsoleBrowser.of(scene, key);
  // The lines of the sign-in are over when that of another page comes.
  const isOwnPage = ({ msg, route }: Line) => msg === "page" && String(route).endsWith("/me");
  await Promise.all([server.nextLine(isOwnPage), browser.load("/me")]);
  const service = encodeURIComponent(services[Math.floor(count / 2)]!.id);
  const paths = [
    ...["/", "/exchanges", "/exchanges/search", `/exchanges/${one}`, `/exchanges/${other}`, "/holds"],
    ...[
      "/catalogue",
      "/catalogue?q=residence",
      "/catalogue?q=homes-7",
      `/catalogue/service?service=${service}`,
    ],
    ...[`/catalogue/samples?service=${service}`, `/catalogue/try?service=${service}`],
    ...[`/agreements/request?service=${service}`, "/agreements", "/agreements?q=homes-99"],
    ...[`/agreements/one?agreement=homes-${Math.floor(count / 2)}`, "/agreements/use"],
    ...["/permissions", "/cases", "/restrictions", "/members", "/registration", "/users", `/users/${id}`],
    ...["/mandates", "/audit", "/configuration", "/health-report", "/me"],
  ];
  console.log(`load ${loadavg().map((load) => load.toFixed(1))}; ${count} services, ${exchanges} exchanges`);
  for (const path of paths) await measure(server, path, () => browser.load(path));
  for (const query of found) await measure(server, query, () => browser.load(`/exchanges?${query}`));
  const search = await browser.load("/exchanges/search");
  for (const fields of personal)
    await measure(server, Object.keys(fields).join(), () =>
      browser.submit(search, "/exchanges/search", { ...fields, reason: "Measured" }),
    );
} finally {
  for (const close of closing) await close();
}

/** Waits until the whole log is time-stamped: before, the gateway refuses all calls. @returns two exchanges */
async function sealedExchanges(): Promise<readonly [string, string]> {
  const { asking } = scene.country;
  const reader = openReader({ stateDirectory: asking.stateDirectory });
  closing.unshift(() => reader.close());
  const seal = async () => {
    for (const { writer, number } of await reader.writers())
      while (number > 0 && (await reader.sealOf(writer, number)) === undefined)
        await asking.gateway.sealNow();
  };
  const sealed = async () => {
    const answer = await scene.country.ask({ path: pathOf(planned.open, "/a") });
    await seal();
    return answer.header("Sealway-Exchange-Id")!;
  };
  await seal();
  return [await sealed(), await sealed()];
}

/** The console, in place of that in this process, whose memory is full of what filled the log. */
async function consoleProcess(): Promise<RunningProcess> {
  await scene.console.close();
  const { configurationFile, gateway, stateDirectory } = scene.country.asking;
  const configuration = JSON.parse(readFileSync(configurationFile, "utf8"));
  configuration.healthInterface.port = gateway.ports.health;
  writeFileSync(configurationFile, JSON.stringify(configuration));
  const args = ["console", "--config", configurationFile];
  const isReady = ({ msg }: Line) => msg === "ready";
  const logFile = join(stateDirectory, "console.log");
  const running = startProcess({ name: "console", script: "sealway.mjs", args, isReady }, logFile, []);
  closing.unshift(() => running.stop());
  await running.ready;
  return running;
}

type Line = Parameters<Parameters<RunningProcess["nextLine"]>[0]>[0];

/** Prints how long the server takes for a page, and how long the page is. */
async function measure(
  server: RunningProcess,
  name: string,
  load: () => Promise<ConsolePage>,
): Promise<void> {
  const times: number[] = [];
  let bytes = 0;
  for (let round = 0; round < rounds; round++) {
    const line = server.nextLine((one) => one.msg === "page" && one.status !== 303);
    const { status, text } = await load();
    const { milliseconds } = await line;
    if (status !== 200) throw new Error(`${name}: ${status} ${text.slice(text.indexOf("<main"))}`);
    bytes = Buffer.byteLength(text);
    times.push(Number(milliseconds));
  }
  const [first, ...rest] = times;
  const sorted = rest.toSorted((a, b) => a - b);
  const [median, worst] = [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
  console.log(`${name}: first ${first} ms, median ${median}, worst ${worst}; ${bytes} bytes`);
}
