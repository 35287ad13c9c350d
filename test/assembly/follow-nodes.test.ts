import { mock } from "node:test";
import t from "tap";
import { followNodes } from "../../src/assembly/follow-nodes.ts";

const lookEvery = 5_000;

/** Lets what waits for a promise go on. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

t.beforeEach(() => mock.timers.enable({ apis: ["setTimeout"] }));
t.afterEach(() => mock.timers.reset());

t.test(
  "of several nodes each looks again and again, also after a look that failed, until the end",
  async (t) => {
    let looks = 0;
    const end = await followNodes("several", async () => {
      looks++;
      if (looks === 2) throw new Error("the log cannot be read now");
    });
    t.equal(looks, 1, "at once");
    for (const expected of [2, 3]) {
      mock.timers.tick(lookEvery);
      await settle();
      t.equal(looks, expected);
    }
    await end();
    mock.timers.tick(lookEvery);
    await settle();
    t.equal(looks, 3, "no more");
  },
);

t.test("a look that is slow is waited for before the next", async (t) => {
  const slow = Promise.withResolvers<void>();
  let looks = 0;
  const end = await followNodes("several", () => (++looks === 1 ? Promise.resolve() : slow.promise));
  for (let i = 0; i < 3; i++) {
    mock.timers.tick(lookEvery);
    await settle();
  }
  t.equal(looks, 2);
  slow.resolve();
  await end();
});

t.test("a node that is alone looks once, and is told what goes wrong then", async (t) => {
  let looks = 0;
  const end = await followNodes("one", async () => void looks++);
  mock.timers.tick(lookEvery);
  await settle();
  t.equal(looks, 1);
  await end();
  await t.rejects(
    followNodes("several", () => Promise.reject(new Error("no log"))),
    { message: "no log" },
  );
});
