import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import type { ServerConfiguration } from "../../src/assembly/server-configuration.ts";
import { parseServiceOrder } from "../../src/assembly/service-orders.ts";
import { ServiceTargets } from "../../src/assembly/service-targets.ts";
import { systemClock } from "../../src/core/clock.ts";
import { parseClientId, parseServiceId } from "../../src/core/ids.ts";
import { TargetPolicy } from "../../src/exchange/target-policy.ts";

const subsystem = parseClientId("DEV/GOV/1/a");
const [fixed, added] = ["fixed", "added"].map((code) => parseServiceId(`${subsystem}/${code}`)) as [
  never,
  never,
];
const policy = new TargetPolicy([{ subsystem, allowedHosts: ["10.0.0.1:80", "10.0.0.1:81"] }], []);

function open(stateDirectory: string) {
  const services = [{ id: fixed, target: "http://10.0.0.1/fixed", concurrency: 1 }];
  return ServiceTargets.open(
    { services, stateDirectory } as unknown as ServerConfiguration,
    policy,
    systemClock,
  );
}

t.test(
  "a target that came with a publication is there after a restart; the configuration file's counts",
  async (t) => {
    const directory = t.testdir();
    const targets = await open(directory);
    await targets.set({ id: added, target: "http://10.0.0.1:81/x", concurrency: 7 });
    t.equal(targets.settings.get(added)?.target.href, "http://10.0.0.1:81/x");
    const file = join(directory, "service-targets.json");
    const kept = JSON.parse(readFileSync(file, "utf8"));
    kept.targets.push({ id: fixed, target: "http://10.0.0.1:81/other", concurrency: 1 });
    writeFileSync(file, JSON.stringify(kept));
    const again = await open(directory);
    t.equal(again.settings.get(added)?.compartment.concurrency, 7);
    t.equal(again.settings.get(fixed)?.target.href, "http://10.0.0.1/fixed");
    const before = again.settings.get(added)!;
    await again.set({ id: added, target: "http://10.0.0.1/y", concurrency: 1 });
    await again.putBack(added, before);
    t.equal(again.settings.get(added), before);
    t.equal((await open(directory)).settings.get(added)?.target.href, "http://10.0.0.1:81/x");
    await again.putBack(added, undefined);
    t.notOk((await open(directory)).settings.has(added));
  },
);

t.test("a target at another host, with a credential or a query is refused; nothing is kept", async (t) => {
  const directory = t.testdir();
  const targets = await open(directory);
  for (const target of [
    "http://10.0.0.2/",
    "http://127.0.0.1/",
    "http://u:p@10.0.0.1/",
    "http://10.0.0.1/?a",
    "x",
  ])
    await t.rejects(targets.set({ id: added, target, concurrency: 1 }), { code: "target_not_allowed" });
  await t.rejects(targets.set({ id: fixed, target: "http://10.0.0.1/", concurrency: 1 }), {
    code: "bad_request",
  });
  t.notOk((await open(directory)).settings.has(added));
});

t.test("a damaged file stops the start: a service must not be called where nobody said", async (t) => {
  for (const damaged of [
    "{",
    '{"v":2,"targets":[]}',
    '{"v":1,"targets":[{"id":"x","target":"y","concurrency":1}]}',
  ]) {
    const directory = t.testdir({ "service-targets.json": damaged });
    await t.rejects(open(directory));
  }
});

const service = "DEV/GOV/1/a/s";
const order = (changes: object) => Buffer.from(JSON.stringify({ ...changes }));

t.test("orders about services are read strictly; others are left to who knows them", async (t) => {
  t.equal(parseServiceOrder(order({ order: "hold" })), undefined);
  t.equal(parseServiceOrder(order({ order: "constructor" })), undefined);
  t.match(parseServiceOrder(order({ order: "service history", service })), { service });
  // biome-ignore format: a table is read by its columns
  const wrong: readonly (readonly [changes: object, detail: RegExp])[] = [
    [{ order: "service history", service: "x" },                                                           /service/],
    [{ order: "service history", service, more: 1 },                                                       /more/],
    [{ order: "service publish", description: "%", dryRun: false },                                        /description/],
    [{ order: "service publish", description: "", dryRun: "no" },                                          /dryRun/],
    [{ order: "service publish", description: "", dryRun: true, authority: "file:///x" },                  /authority/],
    [{ order: "service publish", description: "", dryRun: true, concurrency: 0 },                          /concurrency/],
    [{ order: "service act", word: "publish", service, version: "1.0.0", states: {}, dryRun: true },       /word/],
    [{ order: "service act", word: "observe", service, version: "1.0.0", states: {}, dryRun: true },       /word/],
    [{ order: "service target", service, target: "http://x", concurrency: 20_000 },                        /concurrency/],
  ];
  for (const [changes, detail] of wrong)
    t.throws(() => parseServiceOrder(order(changes)), { code: "bad_request", detail });
});
