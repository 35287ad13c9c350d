/*
 * npx node test/console/measure-pages.ts [services] [rounds]      1000 and 15 unless told
 *
 * How long the console's pages of catalogue and agreements take with many services and an agreement on each: the time of
 * the server, as its log has it, in a small country in one process.
 */
import { loadavg } from "node:os";
import type { ServiceId } from "../../src/core/ids.ts";
import { AdminScene } from "../admin/admin-scene.ts";
import { residence } from "../catalogue/residence.ts";
import { clients, type PlannedService } from "../exchange/country/plan.ts";
import { until } from "../until.ts";
import { ConsoleBrowser } from "./console-browser.ts";

const [count = 1000, rounds = 15] = process.argv.slice(2).map(Number);
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
const scene = await AdminScene.start(
  { teardown: (close) => closing.unshift(close) },
  { more: { services, agreements } },
);
try {
  const { key } = await scene.user("approver");
  const browser = await ConsoleBrowser.of(scene, key);
  const one = services[Math.floor(count / 2)]!.id;
  const paths = [
    "/catalogue",
    "/catalogue?q=residence",
    "/catalogue?q=homes-7",
    `/catalogue/service?service=${encodeURIComponent(one)}`,
    `/catalogue/samples?service=${encodeURIComponent(one)}`,
    `/agreements/request?service=${encodeURIComponent(one)}`,
    "/agreements",
    "/agreements?q=homes-99",
    `/agreements/one?agreement=homes-${Math.floor(count / 2)}`,
  ];
  console.log(`load ${loadavg().map((load) => load.toFixed(1))}; ${count} services`);
  for (const path of paths) {
    const times: number[] = [];
    let bytes = 0;
    for (let round = 0; round < rounds; round++) {
      const before = pageLines().length;
      const { status, text } = await browser.load(path);
      await until(() => pageLines().length > before);
      if (status !== 200) throw new Error(`${path}: ${status}`);
      bytes = text.length;
      times.push((JSON.parse(pageLines().at(-1)!) as { readonly milliseconds: number }).milliseconds);
    }
    const [first, ...rest] = times;
    const sorted = rest.toSorted((a, b) => a - b);
    const [median, worst] = [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
    console.log(`${path}: first ${first} ms, median ${median}, worst ${worst}; ${bytes} bytes`);
  }
} finally {
  for (const close of closing) await close();
}

/** What the management server logged of pages. */
function pageLines(): readonly string[] {
  return scene.logged.filter((line) => line.includes('"msg":"page"'));
}
