import { ManyAgreements } from "./many-agreements.ts";

/*
 * What a decision costs with 100,000 agreements: `node --expose-gc test/policy/measure-decision.ts`. Each call takes the
 * next pair, so that nothing is warm but the machine code.
 */

const now = Date.UTC(2030, 0);
const agreements = new ManyAgreements();
const { count } = agreements;

/** Microseconds of each of many decisions, sorted. */
function round(): Float64Array {
  const times = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const began = process.hrtime.bigint();
    // A step that has no common divisor with their number: neighbours are far from each other.
    const { verdict } = agreements.decide(agreements.pair((i * 7919) % count), now, null);
    times[i] = Number(process.hrtime.bigint() - began) / 1000;
    if (verdict !== "permit") throw new Error(`it is ${verdict}`);
  }
  return times.sort();
}

round();
const rounds = Array.from({ length: 9 }, round);
const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;
const at = (share: number) =>
  median(rounds.map((times) => times[Math.floor(times.length * share)]!)).toFixed(1);
process.stdout.write(
  `${count} agreements: a decision ${at(0.5)} µs (median), ${at(0.99)} µs (p99), ${at(0.999)} µs (p99.9); ` +
    `medians of ${rounds.length} rounds\n`,
);
