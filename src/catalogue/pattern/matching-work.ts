import { type Effort, TooComplex } from "./effort.ts";
import { countless, type Entry } from "./fragment.ts";
import type { PatternAutomaton } from "./pattern-automaton.ts";

const mostSubsets = 3000;
const mostMembers = 100_000;
/** Steps beyond which nobody asks how many they are. */
const enough = 1e9;

/**
 * How many steps a back-tracking search for the pattern takes at most in any text, failing or not; never too few.
 *
 * All runs of the automaton over one text are followed together: which states they reach is a subset, and for each of
 * its states the number of runs that reach it is bounded over all texts that lead to the subset. Ambiguity, exponential
 * or polynomial, shows as numbers that grow with the length; patterns that are told apart by what follows keep 1.
 * A run that reached a state from which the match is sure is the last one, so there is one such run.
 * @param lengths of texts, in characters
 * @throws TooComplex
 */
export function matchingWork(
  automaton: PatternAutomaton,
  lengths: readonly number[],
  effort: Effort,
): readonly number[] {
  const most = Math.max(...lengths);
  const { atStart, elsewhere } = automaton;
  const first = new Runs(automaton, atStart, "matching", effort).work(most);
  const later = new Runs(automaton, elsewhere, "matching", effort).work(most);
  const failing = elsewhere.sure ? nothing : new Runs(automaton, elsewhere, "failing", effort).work(most);
  return lengths.map((length) =>
    Math.min(
      countless,
      first.of(length) + later.of(length) + failing.upTo(length) + (length + 1) * (1 + elsewhere.tried),
    ),
  );
}

/** Steps of one attempt to match at one place, by how much text follows. */
interface Work {
  of(length: number): number;
  /** The sum of all attempts in a text. */
  upTo(length: number): number;
}

const nothing: Work = { of: () => 0, upTo: () => 0 };

interface Subset {
  readonly states: readonly number[];
  readonly index: ReadonlyMap<number, number>;
  readonly followers: Subset[];
  /** Runs that reach each state, at most. */
  runs: Float64Array;
}

class Runs {
  readonly #automaton: PatternAutomaton;
  readonly #entry: Entry;
  /** Attempts that fail pass no state from which success is sure; of one that succeeds, one run does. */
  readonly #kind: "failing" | "matching";
  readonly #subsets = new Map<string, Subset>();
  readonly #effort: Effort;
  #members = 0;

  constructor(automaton: PatternAutomaton, entry: Entry, kind: "failing" | "matching", effort: Effort) {
    this.#automaton = automaton;
    this.#entry = entry;
    this.#kind = kind;
    this.#effort = effort;
  }

  work(most: number): Work {
    const starts = this.#subsetsAfter([...this.#entry.first.keys()]);
    for (const subset of starts) {
      subset.runs = Float64Array.from(subset.states, (state) =>
        this.#limit(state, this.#entry.first.get(state)!),
      );
    }
    this.#expand(starts);
    const depth = depthOf([...this.#subsets.values()]);
    const perLength = this.#iterate(starts, Math.min(most, depth ?? most));
    return summed(perLength, this.#entry.tried, depth);
  }

  #expand(starts: readonly Subset[]): void {
    const waiting = [...starts];
    const known = new Set(starts);
    for (let subset = waiting.pop(); subset !== undefined; subset = waiting.pop()) {
      const targets = new Set(subset.states.flatMap((state) => [...this.#automaton.next[state]!.keys()]));
      this.#effort.spend(targets.size);
      subset.followers.push(...this.#subsetsAfter([...targets]));
      for (const follower of subset.followers) {
        if (known.has(follower)) continue;
        known.add(follower);
        waiting.push(follower);
      }
    }
  }

  /** One subset for each letter that any of the states consumes. */
  #subsetsAfter(states: readonly number[]): Subset[] {
    const byLetter = new Map<number, number[]>();
    for (const state of states) {
      if (this.#kind === "failing" && this.#automaton.sure.has(state)) continue;
      for (const letter of this.#automaton.letters[state]!) {
        this.#effort.spend(1);
        const list = byLetter.get(letter);
        if (list === undefined) byLetter.set(letter, [state]);
        else list.push(state);
      }
    }
    return [...new Set([...byLetter.values()].map((list) => this.#subset(list)))];
  }

  #subset(states: number[]): Subset {
    states.sort((a, b) => a - b);
    const key = states.join(" ");
    const known = this.#subsets.get(key);
    if (known !== undefined) return known;
    this.#members += states.length;
    if (this.#subsets.size === mostSubsets || this.#members > mostMembers)
      throw new TooComplex("too many ways to be in the middle of it");
    const index = new Map(states.map((state, i) => [state, i]));
    const subset: Subset = { states, index, followers: [], runs: new Float64Array(states.length) };
    this.#subsets.set(key, subset);
    return subset;
  }

  /** @returns for each number of characters consumed what the runs that consumed so many cost, at most */
  #iterate(starts: readonly Subset[], most: number): readonly number[] {
    const costs: number[] = [];
    let highest = 0;
    let changed = new Set(starts);
    let sum = 0;
    while (changed.size > 0 && costs.length < most) {
      for (const subset of changed) highest = Math.max(highest, this.#cost(subset));
      sum += highest;
      if (sum > enough) return [...costs, countless];
      costs.push(highest);
      changed = this.#step(changed);
    }
    return costs;
  }

  #step(changed: ReadonlySet<Subset>): Set<Subset> {
    const before = [...changed].map((subset) => [subset, subset.runs] as const);
    const next = new Set<Subset>();
    for (const [subset, runs] of before) {
      for (const follower of subset.followers) {
        const raised = this.#raised(subset, runs, follower);
        if (raised === undefined) continue;
        follower.runs = raised;
        next.add(follower);
      }
    }
    return next;
  }

  #raised(subset: Subset, runs: Float64Array, follower: Subset): Float64Array | undefined {
    const sums = new Float64Array(follower.states.length);
    for (const [i, state] of subset.states.entries()) {
      const next = this.#automaton.next[state]!;
      this.#effort.spend(next.size);
      for (const [target, ways] of next) {
        const at = follower.index.get(target);
        if (at !== undefined) sums[at] = Math.min(countless, sums[at]! + runs[i]! * ways);
      }
    }
    const raised = sums.map((sum, i) => Math.max(follower.runs[i]!, this.#limit(follower.states[i]!, sum)));
    return raised.some((value, i) => value > follower.runs[i]!) ? raised : undefined;
  }

  #limit(state: number, runs: number): number {
    return this.#automaton.sure.has(state) ? Math.min(1, runs) : runs;
  }

  #cost({ states, runs }: Subset): number {
    const sum = states.reduce((cost, state, i) => cost + runs[i]! * (1 + this.#automaton.tried[state]!), 0);
    return Math.min(countless, sum);
  }
}

/** How many characters an attempt consumes at most; undefined where there is no limit. */
function depthOf(subsets: Iterable<Subset>): number | undefined {
  const leading = new Map<Subset, number>();
  for (const { followers } of subsets)
    for (const follower of followers) leading.set(follower, (leading.get(follower) ?? 0) + 1);
  let layer = [...subsets].filter((subset) => !leading.has(subset));
  let depth = 0;
  for (; layer.length > 0; depth++) {
    layer = layer.flatMap(({ followers }) =>
      followers.filter((follower) => {
        const left = leading.get(follower)! - 1;
        leading.set(follower, left);
        return left === 0;
      }),
    );
  }
  return [...leading.values()].some((left) => left > 0) ? undefined : depth;
}

function summed(costs: readonly number[], tried: number, depth: number | undefined): Work {
  const tail = costs.at(-1) ?? 0;
  const sums = [1 + tried];
  for (const cost of costs) sums.push(sums.at(-1)! + cost);
  const sumsOfSums = [0];
  for (const sum of sums) sumsOfSums.push(sumsOfSums.at(-1)! + sum);
  const known = costs.length;
  const rest = depth === undefined ? tail : 0;
  return {
    of: (length) => (length <= known ? sums[length]! : sums[known]! + (length - known) * rest),
    upTo: (length) => {
      if (length <= known) return sumsOfSums[length + 1]!;
      const more = length - known;
      return sumsOfSums[known + 1]! + more * sums[known]! + (rest * more * (more + 1)) / 2;
    },
  };
}
