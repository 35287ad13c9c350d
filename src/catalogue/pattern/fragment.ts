import { type Effort, TooComplex } from "./effort.ts";

/** How a part of a pattern is entered: at the start of the text, where `^` lets through, or elsewhere. */
export interface Entry {
  /** Ways to each character that may be the first, none consumed before; never 0. */
  readonly first: Ways;
  /** Ways through the part that consume nothing, after which characters may follow. */
  readonly through: number;
  /** The same, those included after which the text must be at its end. */
  readonly passed: number;
  /** What is tried before a character is consumed, dead ends included. */
  readonly tried: number;
  /** Whether one of the ways through holds whatever the text is. */
  readonly sure: boolean;
}

/** By the number of the character in the pattern. */
type Ways = ReadonlyMap<number, number>;

/** How the end of the part is reached from one of its characters. */
export interface Exit {
  /** Ways after which characters may follow. */
  readonly through: number;
  /** All ways; never 0. */
  readonly passed: number;
  readonly sure: boolean;
}

/** A part of a pattern. Joining parts uses them up. */
export interface Fragment {
  readonly atStart: Entry;
  readonly elsewhere: Entry;
  readonly last: Map<number, Exit>;
}

/** As good as without end, and still a number to calculate with. */
export const countless = 1e15;
const mostCharacters = 5000;

/**
 * The automaton of a pattern as back-tracking goes through it (Glushkov's construction with numbers of ways): one state
 * for each character, which was just consumed. Different ways between two states are counted, since each is walked.
 */
export class FragmentBuilder {
  /** Number of the character set of each character. */
  readonly sets: number[] = [];
  /** From each character to those that may be next: in how many ways. */
  readonly next: Map<number, number>[] = [];
  /** What is tried after each character before another is consumed. */
  readonly tried: number[] = [];
  readonly #effort: Effort;

  constructor(effort: Effort) {
    this.#effort = effort;
  }

  character(set: number): Fragment {
    const state = this.sets.push(set) - 1;
    if (state === mostCharacters)
      throw new TooComplex(`more than ${mostCharacters} characters, repetitions written out`);
    this.next.push(new Map());
    this.tried.push(0);
    const entry: Entry = { first: new Map([[state, 1]]), through: 0, passed: 0, tried: 1, sure: false };
    return {
      atStart: entry,
      elsewhere: entry,
      last: new Map([[state, { through: 1, passed: 1, sure: true }]]),
    };
  }

  concatenate(one: Fragment, other: Fragment): Fragment {
    this.#lead(one.last, other.elsewhere);
    const last = other.last;
    const { through, passed, sure } = other.elsewhere;
    for (const [state, exit] of one.last) {
      if (passed > 0) {
        last.set(state, {
          through: times(exit.through, through),
          passed: times(exit.passed, passed),
          sure: exit.sure && sure,
        });
      }
    }
    return {
      atStart: follow(one.atStart, other.atStart),
      elsewhere: follow(one.elsewhere, other.elsewhere),
      last,
    };
  }

  choose(parts: readonly Fragment[]): Fragment {
    return {
      atStart: alternatives(parts.map(({ atStart }) => atStart)),
      elsewhere: alternatives(parts.map(({ elsewhere }) => elsewhere)),
      last: new Map(parts.flatMap(({ last }) => [...last])),
    };
  }

  /** Any number of times. A repetition that consumes nothing is a dead end (ECMA-262 §22.2.2.3.1). */
  repeat(part: Fragment): Fragment {
    const again = consuming(part.elsewhere);
    this.#lead(part.last, { ...again, tried: again.tried + 1 });
    return { atStart: optional(part.atStart), elsewhere: optional(part.elsewhere), last: part.last };
  }

  /** Once or not at all, and never without consuming anything. @param rest what may follow only when it is there */
  maybe(part: Fragment, rest: Fragment): Fragment {
    const there = { ...part, atStart: consuming(part.atStart), elsewhere: consuming(part.elsewhere) };
    const whole = this.concatenate(there, rest);
    return { atStart: optional(whole.atStart), elsewhere: optional(whole.elsewhere), last: whole.last };
  }

  /** A look ahead: walked beside what follows, which goes on where it began. */
  ahead({ atStart, elsewhere }: Fragment): Fragment {
    return { atStart: fork(atStart), elsewhere: fork(elsewhere), last: new Map() };
  }

  #lead(from: Fragment["last"], { first, tried }: Entry): void {
    this.#effort.spend(from.size * (first.size + 1));
    for (const [state, exit] of from) {
      this.tried[state] = plus(this.tried[state]!, times(exit.passed, tried));
      if (exit.through === 0) continue;
      const next = this.next[state]!;
      for (const [target, ways] of first) {
        next.set(target, plus(next.get(target) ?? 0, times(exit.through, ways)));
      }
    }
  }
}

/** What holds without consuming anything, on some condition. */
export function assertion(atStart: number, elsewhere: number, passed: readonly [number, number]): Fragment {
  const entry = (through: number, all: number): Entry => ({
    ...{ first: new Map(), through, passed: all, tried: 1, sure: false },
  });
  return { atStart: entry(atStart, passed[0]), elsewhere: entry(elsewhere, passed[1]), last: new Map() };
}

/** Nothing at all. */
export function empty(): Fragment {
  const entry: Entry = { first: new Map(), through: 1, passed: 1, tried: 1, sure: true };
  return { atStart: entry, elsewhere: entry, last: new Map() };
}

function follow(one: Entry, other: Entry): Entry {
  const first = new Map(one.first);
  if (one.through > 0) for (const [state, ways] of other.first) first.set(state, times(one.through, ways));
  return {
    first,
    through: times(one.through, other.through),
    passed: times(one.passed, other.passed),
    tried: plus(one.tried, times(one.passed, other.tried)),
    sure: one.sure && other.sure,
  };
}

function alternatives(entries: readonly Entry[]): Entry {
  const sum = (pick: (entry: Entry) => number) => entries.map(pick).reduce(plus, 0);
  return {
    first: new Map(entries.flatMap(({ first }) => [...first])),
    through: sum(({ through }) => through),
    passed: sum(({ passed }) => passed),
    tried: plus(
      entries.length,
      sum(({ tried }) => tried),
    ),
    sure: entries.some(({ sure }) => sure),
  };
}

function consuming(entry: Entry): Entry {
  return { ...entry, through: 0, passed: 0, tried: plus(entry.tried, entry.passed), sure: false };
}

function optional(entry: Entry): Entry {
  return {
    ...consuming(entry),
    through: 1,
    passed: 1,
    tried: plus(entry.tried, entry.passed + 1),
    sure: true,
  };
}

function fork({ first, tried }: Entry): Entry {
  return { first, through: 1, passed: 1, tried: plus(tried, 1), sure: false };
}

function plus(a: number, b: number): number {
  return Math.min(countless, a + b);
}

function times(a: number, b: number): number {
  return Math.min(countless, a * b);
}
