import t from "tap";
import { RetentionSchedule } from "../../../src/messagelog/retention/retention-schedule.ts";
import { ManualClock, ManualTimers } from "../sealing-scene.ts";

const report = { keys: 1, held: 0, late: 0, finished: 0, byClass: {} };

async function scene(run: () => Promise<typeof report | undefined>) {
  const clock = new ManualClock();
  const timers = new ManualTimers();
  const told: unknown[] = [];
  const note = (what: unknown) => void told.push(what);
  const { after } = timers;
  const schedule = new RetentionSchedule({ run, runAt: "02:30", clock, after, done: note, failed: note });
  /** Fires the one timer, and tells how long it would have waited. */
  const next = async () => {
    const timer = timers.waiting.shift()!;
    timer.run();
    await schedule.idle();
    return timer.ms;
  };
  return { clock, timers, told, schedule, next };
}

t.test("it runs soon after a start, then each day at its time", async (t) => {
  const { clock, told, next, schedule, timers } = await scene(async () => report);
  t.equal(await next(), 60_000, "a day that was missed is made up for");
  const hour = 3_600_000;
  t.equal(timers.waiting[0]!.ms, 14.5 * hour, "from noon to half past two");
  clock.time += 14.5 * hour;
  await next();
  t.equal(timers.waiting[0]!.ms, 24 * hour);
  t.strictSame(told, [report, report]);
  await schedule.close();
  t.equal(timers.waiting.length, 0, "closed, it runs no more");
});

t.test("a run that failed is tried again within the hour, and says since when it fails", async (t) => {
  let works = false;
  const failure = new Error("no authority answers");
  const { clock, told, next, schedule, timers } = await scene(async () => {
    if (!works) throw failure;
    return report;
  });
  const since = clock.now();
  await next();
  clock.time += 3_600_000;
  t.equal(await next(), 3_600_000);
  t.equal(schedule.failingSince, since);
  works = true;
  await next();
  t.equal(schedule.failingSince, undefined);
  t.strictSame(told, [failure, failure, report]);
  t.equal(timers.waiting.length, 1);
});

t.test("what another node does is no failure, and is looked after within the hour", async (t) => {
  let isOurs = false;
  const { told, next, schedule, timers } = await scene(async () => (isOurs ? report : undefined));
  await next();
  t.equal(schedule.failingSince, undefined);
  isOurs = true;
  t.equal(await next(), 3_600_000);
  t.strictSame(told, [report]);
  t.equal(timers.waiting.length, 1);
});
