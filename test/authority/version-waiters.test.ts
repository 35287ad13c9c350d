import t from "tap";
import { VersionWaiters } from "../../src/authority/version-waiters.ts";

const never = new AbortController().signal;

t.test("thousands who wait are told in groups, all within two seconds", async (t) => {
  const waiters = new VersionWaiters();
  waiters.published(1);
  const began = performance.now();
  const times: number[] = [];
  const versions = new Set<number | undefined>();
  const told = Array.from({ length: 3_000 }, async () => {
    versions.add(await waiters.wait(1, "10.0.0.1", never));
    times.push(performance.now() - began);
  });
  waiters.published(2);
  await Promise.all(told);
  t.strictSame([...versions], [2]);
  t.ok(Math.max(...times) - Math.min(...times) > 1_000, "not all at once");
  t.ok(Math.max(...times) < 20_000, `the last after ${Math.round(Math.max(...times))} ms`);
});

t.test("the same version again is told nobody; at the end everybody goes", async (t) => {
  const waiters = new VersionWaiters();
  waiters.published(1);
  let isOver = false;
  const waiting = waiters.wait(1, "10.0.0.1", never).finally(() => {
    isOver = true;
  });
  waiters.published(1);
  await new Promise((resolve) => setImmediate(resolve));
  t.notOk(isOver);
  waiters.close();
  t.equal(await waiting, undefined);
});

t.test("one address does not take every place, nor who has gone any", async (t) => {
  const waiters = new VersionWaiters();
  waiters.published(1);
  const gone = new AbortController();
  const greedy = Array.from({ length: 3_000 }, () => waiters.wait(1, "10.0.0.1", gone.signal));
  await t.rejects(waiters.wait(1, "10.0.0.1", never), { code: "overloaded" });
  const other = waiters.wait(1, "10.0.0.2", never);
  gone.abort();
  await Promise.all(greedy);
  const again = waiters.wait(1, "10.0.0.1", never);
  waiters.published(2);
  t.strictSame(await Promise.all([other, again]), [2, 2]);
});
