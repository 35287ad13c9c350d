import t from "tap";
import { VersionWaiters } from "../../src/authority/version-waiters.ts";

t.test("thousands who wait are told in groups, all within two seconds", async (t) => {
  const waiters = new VersionWaiters();
  waiters.published(1);
  const began = performance.now();
  const times: number[] = [];
  const versions = new Set<number | undefined>();
  const told = Array.from({ length: 3_000 }, async () => {
    versions.add(await waiters.wait(1));
    times.push(performance.now() - began);
  });
  waiters.published(2);
  await Promise.all(told);
  t.strictSame([...versions], [2]);
  t.ok(Math.max(...times) - Math.min(...times) > 1_000, "not all at once");
  t.ok(Math.max(...times) < 4_000, `the last after ${Math.round(Math.max(...times))} ms`);
});

t.test("the same version again is told nobody; at the end everybody goes", async (t) => {
  const waiters = new VersionWaiters();
  waiters.published(1);
  let isOver = false;
  const waiting = waiters.wait(1).finally(() => {
    isOver = true;
  });
  waiters.published(1);
  await new Promise((resolve) => setImmediate(resolve));
  t.notOk(isOver);
  waiters.close();
  t.equal(await waiting, undefined);
});

t.test("beyond the most that may wait the others are sent to poll", async (t) => {
  const waiters = new VersionWaiters();
  waiters.published(1);
  const waiting = Array.from({ length: 20_000 }, () => waiters.wait(1));
  t.equal(await waiters.wait(1), undefined);
  waiters.close();
  await Promise.all(waiting);
});
