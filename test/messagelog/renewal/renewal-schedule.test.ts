import t, { type Test } from "tap";
import {
  RenewalSchedule,
  type RenewalScheduleOptions,
} from "../../../src/messagelog/renewal/renewal-schedule.ts";
import type { RenewalOrder } from "../../../src/messagelog/renewal/renewal-steps.ts";
import { renewalSteps } from "../../../src/messagelog/renewal/renewal-thread.ts";
import { defaultRenewalRules } from "../../../src/messagelog/renewal/token-ages.ts";
import { day, inWords, renewalScene, year } from "./renewal-scene.ts";

const readerModule = new URL("../../../src/store/sqlite/log-reader.ts", import.meta.url).href;
const hour = 3_600_000;

/** A schedule over a real log whose time-stamp wants a renewal, with the thread that builds it. */
async function scene(t: Test, changes: Partial<RenewalScheduleOptions> = {}) {
  const scene = await renewalScene(t);
  const [record] = await scene.sealed(3);
  scene.clock.time += year - 20 * day;
  const tsa = await scene.authority({ notAfter: scene.clock.now() + 2 * year });
  const orders: RenewalOrder[] = [];
  const timers: number[] = [];
  const asked: string[] = [];
  const schedule = new RenewalSchedule({
    steps: (order) => {
      asked.push(order.method);
      return renewalSteps({ readerModule, location: scene.location }, scene.task(order));
    },
    desk: scene.desk(tsa.url),
    rules: defaultRenewalRules,
    orders: { waiting: async () => orders[0], done: async () => void orders.shift() },
    holdsSealing: async () => true,
    clock: scene.clock,
    after: (ms) => {
      timers.push(ms);
      return () => {};
    },
    ...changes,
  });
  t.teardown(() => schedule.close());
  const verdict = async () => inWords(await scene.verdictOf(record!.exchangeId));
  return { ...scene, tsa, orders, timers, asked, schedule, verdict };
}

t.test("what ages is renewed at the first look, in a thread, and looked for every six hours", async (t) => {
  const { schedule, clock, timers, asked, verdict } = await scene(t);
  schedule.start();
  t.strictSame(timers, [60_000]);
  await schedule.look();
  t.equal(await verdict(), "valid, 2 time-stamps");
  t.strictSame(schedule.health(), {
    state: "idle",
    progress: undefined,
    lookedAt: clock.now(),
    last: { at: clock.now(), leaves: 1 },
    failure: undefined,
  });
  clock.time += 5 * hour;
  await schedule.look();
  t.equal(asked.length, 1);
  clock.time += hour;
  await schedule.look();
  t.equal(asked.length, 2);
});

t.test("an order is carried out once", async (t) => {
  const { schedule, orders, verdict } = await scene(t);
  orders.push({ method: "hash-tree", digest: "sha384" });
  await schedule.look();
  t.strictSame(orders, []);
  t.equal(schedule.health().last?.leaves, 3, "records; the token that aged stands behind the new chain");
  t.equal(await verdict(), "valid, 2 time-stamps");
});

t.test(
  "without an authority the failure is told, and the renewal tried again in a quarter of an hour",
  async (t) => {
    const { schedule, clock, tsa, asked, verdict } = await scene(t);
    tsa.knobs.fault = "off";
    const since = clock.now();
    await schedule.look();
    t.match(schedule.health().failure, { since, reason: /503/ });
    clock.time += 60_000;
    await schedule.look();
    t.equal(asked.length, 1);
    t.ok(schedule.health().failure, "it stands until it is done");
    clock.time += 15 * 60_000;
    tsa.knobs.fault = "none";
    await schedule.look();
    t.equal(schedule.health().failure, undefined);
    t.equal(await verdict(), "valid, 2 time-stamps");
  },
);

t.test("a node that does not seal renews nothing", async (t) => {
  const { schedule, asked } = await scene(t, { holdsSealing: async () => false });
  await schedule.look();
  t.strictSame(asked, []);
});

t.test("closing breaks a renewal off, and leaves the old evidence", async (t) => {
  const { schedule, verdict } = await scene(t);
  const looking = schedule.look();
  await schedule.close();
  await looking;
  t.match(schedule.health().failure, { reason: "the server is stopping" });
  t.equal(await verdict(), "valid, 1 time-stamps");
});
