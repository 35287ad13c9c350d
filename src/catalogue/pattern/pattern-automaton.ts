import type { AST } from "@eslint-community/regexpp";
import { type CharacterSet, characterSet, lettersOf } from "./character-set.ts";
import { type Effort, TooComplex } from "./effort.ts";
import { assertion, type Entry, empty, type Fragment, FragmentBuilder } from "./fragment.ts";

/** The ways that back-tracking may go through a text. A state is a character of the pattern, just consumed. */
export interface PatternAutomaton {
  readonly atStart: Entry;
  readonly elsewhere: Entry;
  readonly next: readonly ReadonlyMap<number, number>[];
  readonly tried: readonly number[];
  /** Letters that each state consumes: kinds of characters that the pattern tells apart. */
  readonly letters: readonly (readonly number[])[];
  /** States after which the match succeeds whatever follows. */
  readonly sure: ReadonlySet<number>;
}

/** The pattern has what is not judged. */
export class Unjudged extends Error {}

const perPart = 100;
const perProperty = 1_000_000;
const mostSets = 100;
const mostRanges = 20_000;

/**
 * @throws TooComplex
 * @throws Unjudged for back-references, looks behind and switched flags
 */
export function patternAutomaton(pattern: AST.Pattern, effort: Effort): PatternAutomaton {
  const build = new Build(effort);
  const whole = build.alternatives(pattern.alternatives);
  const letters = build.letters();
  return {
    atStart: whole.atStart,
    elsewhere: whole.elsewhere,
    next: build.fragments.next,
    tried: build.fragments.tried,
    letters: build.fragments.sets.map((set) => letters[set]!),
    sure: new Set([...whole.last].filter(([, { sure }]) => sure).map(([state]) => state)),
  };
}

class Build {
  readonly fragments: FragmentBuilder;
  readonly #effort: Effort;
  readonly #sets = new Map<string, number>();
  readonly #ranges: CharacterSet[] = [];
  readonly #known = new Map<string, number>();

  constructor(effort: Effort) {
    this.#effort = effort;
    this.fragments = new FragmentBuilder(effort);
  }

  alternatives(list: readonly AST.Alternative[]): Fragment {
    const parts = list.map(({ elements }) =>
      elements
        .map((element) => () => this.element(element))
        .reduce((before, make) => this.fragments.concatenate(before, make()), empty()),
    );
    return parts.length === 1 ? parts[0]! : this.fragments.choose(parts);
  }

  element(node: AST.Element): Fragment {
    // Parts that consume nothing count as well: there may be any number of them.
    this.#effort.spend(perPart);
    switch (node.type) {
      case "Character":
      case "CharacterClass":
      case "CharacterSet":
        return this.fragments.character(this.#set(node));
      case "CapturingGroup":
        return this.alternatives(node.alternatives);
      case "Group":
        if (node.modifiers !== null) throw new Unjudged("flags that are switched within the pattern");
        return this.alternatives(node.alternatives);
      case "Quantifier":
        return this.#quantifier(node);
      case "Assertion":
        return this.#assertion(node);
      default:
        throw new Unjudged("a back-reference");
    }
  }

  letters(): readonly (readonly number[])[] {
    return lettersOf(this.#ranges);
  }

  #assertion(node: AST.Assertion): Fragment {
    if (node.kind === "lookbehind") throw new Unjudged("a look behind");
    if (node.kind === "lookahead") return this.fragments.ahead(this.alternatives(node.alternatives));
    if (node.kind === "start") return assertion(1, 0, [1, 0]);
    if (node.kind === "end") return assertion(0, 0, [1, 1]);
    return assertion(1, 1, [1, 1]);
  }

  /** Each repetition that is counted is a part of its own. */
  #quantifier({ min, max, element }: AST.Quantifier): Fragment {
    let rest = empty();
    if (max === Number.POSITIVE_INFINITY) rest = this.fragments.repeat(this.element(element));
    else for (let i = max; i > min; i--) rest = this.fragments.maybe(this.element(element), rest);
    for (let i = min; i > 0; i--) rest = this.fragments.concatenate(this.element(element), rest);
    return rest;
  }

  #set(node: AST.Character | AST.CharacterClass | AST.CharacterSet): number {
    const known = this.#known.get(node.raw);
    if (known !== undefined) return known;
    for (const [name] of node.raw.matchAll(/\\[pP]\{[^}]*\}/g)) this.#effort.spendOnce(name, perProperty);
    const set = characterSet(node);
    const key = set.join(" ");
    const id = this.#sets.get(key) ?? this.#ranges.push(set) - 1;
    if (
      this.#ranges.length > mostSets ||
      this.#ranges.reduce((sum, { length }) => sum + length, 0) > mostRanges
    ) {
      throw new TooComplex("too many different kinds of characters");
    }
    this.#sets.set(key, id);
    this.#known.set(node.raw, id);
    return id;
  }
}
