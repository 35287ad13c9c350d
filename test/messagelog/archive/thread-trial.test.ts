import t from "tap";
import { ThreadTrial } from "../../../src/messagelog/archive/thread-trial.ts";

/**
 * Works through so many pieces, telling the trial every 100 ms.
 * @param rates pieces a millisecond by the number of threads beside
 * @returns each number of threads that there was, and how long all took, in seconds
 */
function worked(most: number, pieces: number, rates: readonly number[]) {
  const trial = new ThreadTrial(most, 0);
  const numbers = [0];
  let [now, done, threads] = [0, 0, 0];
  while (done < pieces) {
    now += 100;
    done += 100 * rates[threads]!;
    threads = trial.wanted(now, done, Math.max(0, pieces - done));
    if (threads !== numbers.at(-1)) numbers.push(threads);
  }
  return { numbers, seconds: now / 1000 };
}

t.test("a thread that makes it no faster is given up, and no other is tried", async (t) => {
  t.strictSame(worked(3, 100_000, [1, 1.05, 9, 9]).numbers, [0, 1, 0]);
});

t.test("a thread that makes it slower costs a few seconds of a long work", async (t) => {
  const { numbers, seconds } = worked(1, 100_000, [1, 0.8]);
  t.strictSame(numbers, [0, 1, 0]);
  t.ok(seconds < 101.5, `${seconds} s instead of 100`);
});

t.test("threads are added as long as each makes it faster", async (t) => {
  t.strictSame(worked(3, 200_000, [1, 1.9, 2.7, 2.75]).numbers, [0, 1, 2, 3, 2]);
  t.strictSame(worked(1, 100_000, [1, 1.9]).numbers, [0, 1]);
});

t.test("no thread is tried when there is too little to do, or only one processor", async (t) => {
  t.strictSame(worked(3, 15_000, [1, 2, 3, 4]).numbers, [0]);
  t.strictSame(worked(0, 100_000, [1]).numbers, [0]);
});
