import t from "tap";
import { TimestampStanding } from "../../src/pki/timestamp-standing.ts";
import { now } from "./fixtures.ts";

const one = { url: "http://one/" };
const two = { url: "http://two/" };

function scene(random = 0) {
  const clock = { time: now, now: () => clock.time };
  return { clock, standing: new TimestampStanding(clock, () => random) };
}

t.test(
  "authorities are asked in the order given, and one that failed is left alone for a while",
  async (t) => {
    const { clock, standing } = scene();
    t.strictSame(standing.toAsk([one, two]), [one, two]);
    standing.failed(one.url, "off");
    t.strictSame(standing.toAsk([one, two]), [two]);
    clock.time += 10_000;
    t.strictSame(standing.toAsk([one, two]), [one, two]);
  },
);

t.test("pauses double up to ten minutes, and end with a good answer", async (t) => {
  const { clock, standing } = scene();
  const pauses: number[] = [];
  for (let i = 0; i < 9; i++) {
    standing.failed(one.url, "off");
    let pause = 0;
    while (standing.toAsk([one, two]).length === 1) {
      clock.time += 1000;
      pause++;
    }
    pauses.push(pause);
  }
  t.strictSame(pauses, [10, 20, 40, 80, 160, 320, 600, 600, 600]);
  t.match(standing.of([one]), [{ failures: 9, failingSince: now, reason: "off", lastGood: undefined }]);
  standing.succeeded(one.url, now + 1000);
  t.match(standing.of([one]), [
    { failures: 0, failingSince: undefined, lastGood: clock.time, signerExpires: now + 1000 },
  ]);
  t.strictSame(standing.toAsk([one, two]), [one, two]);
});

t.test("a random part of a pause is left out, half of it at most", async (t) => {
  for (const [random, pause] of [
    [0, 10_000],
    [0.5, 7_500],
    [1, 5_000],
  ] as const) {
    const { clock, standing } = scene(random);
    standing.failed(one.url, "off");
    clock.time += pause - 1;
    t.strictSame(standing.toAsk([one, two]), [two]);
    clock.time += 1;
    t.strictSame(standing.toAsk([one, two]), [one, two]);
  }
});

t.test("when all are left alone the one whose pause ends first is asked all the same", async (t) => {
  const { clock, standing } = scene();
  standing.failed(one.url, "off");
  clock.time += 1000;
  standing.failed(two.url, "off");
  t.strictSame(standing.toAsk([one, two]), [one]);
  standing.failed(one.url, "off");
  t.strictSame(standing.toAsk([one, two]), [two]);
});

t.test("a clock set back leaves nobody alone for longer than ten minutes", async (t) => {
  const { clock, standing } = scene();
  standing.failed(one.url, "off");
  clock.time -= 24 * 3_600_000;
  t.strictSame(standing.toAsk([one, two]), [two]);
  clock.time += 600_000;
  t.strictSame(standing.toAsk([one, two]), [two], "the pause is told from the clock as it is");
});
