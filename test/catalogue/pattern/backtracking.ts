import fc from "fast-check";

/** A regular expression, written apart from any parser. */
export type Pattern =
  | { readonly kind: "letters"; readonly letters: string; readonly text: string }
  | { readonly kind: "sequence" | "choice"; readonly parts: readonly Pattern[] }
  | {
      readonly kind: "repeat";
      readonly part: Pattern;
      readonly min: number;
      readonly max: number;
      readonly lazy: boolean;
    }
  | { readonly kind: "start" | "end" | "edge" }
  | { readonly kind: "ahead"; readonly part: Pattern; readonly not: boolean };

const letter = fc.constantFrom(
  { letters: "a", text: "a" },
  { letters: "b", text: "b" },
  { letters: "ab", text: "[ab]" },
  { letters: "abc ", text: "." },
  { letters: "abc", text: "\\w" },
  { letters: "bc ", text: "[^a]" },
);

export const arbitraryPattern: fc.Arbitrary<Pattern> = fc.letrec<{ pattern: Pattern }>((tie) => ({
  pattern: fc.oneof(
    { depthSize: "medium", withCrossShrink: true },
    { weight: 5, arbitrary: letter.map((each): Pattern => ({ kind: "letters", ...each })) },
    { weight: 4, arbitrary: several("sequence", tie("pattern"), 0) },
    { weight: 3, arbitrary: several("choice", tie("pattern"), 1) },
    {
      weight: 4,
      arbitrary: fc
        .tuple(
          tie("pattern"),
          fc.constantFrom([0, 1], [0, Infinity], [1, Infinity], [2, 3], [0, 2], [2, Infinity], [3, 3]),
          fc.boolean(),
        )
        .map(([part, [min, max], lazy]): Pattern => ({ kind: "repeat", part, min: min!, max: max!, lazy })),
    },
    { weight: 1, arbitrary: fc.constantFrom<Pattern>({ kind: "start" }, { kind: "end" }, { kind: "edge" }) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(tie("pattern"), fc.boolean())
        .map(([part, not]): Pattern => ({ kind: "ahead", part, not })),
    },
  ),
})).pattern;

function several(
  kind: "sequence" | "choice",
  part: fc.Arbitrary<Pattern>,
  least: number,
): fc.Arbitrary<Pattern> {
  return fc.array(part, { minLength: least, maxLength: 3 }).map((parts): Pattern => ({ kind, parts }));
}

/** As ECMA-262 writes it. */
export function sourceOf(pattern: Pattern): string {
  switch (pattern.kind) {
    case "letters":
      return pattern.text;
    case "sequence":
      return pattern.parts.map(sourceOf).join("");
    case "choice":
      return `(?:${pattern.parts.map(sourceOf).join("|")})`;
    case "repeat": {
      const { min, max, lazy } = pattern;
      return `(?:${sourceOf(pattern.part)}){${min},${max === Infinity ? "" : max}}${lazy ? "?" : ""}`;
    }
    case "ahead":
      return `(?${pattern.not ? "!" : "="}${sourceOf(pattern.part)})`;
    default:
      return { start: "^", end: "$", edge: "\\b" }[pattern.kind];
  }
}

const tooLong = new Error("more steps than a test waits for");

type Continue = (at: number) => boolean;

/** Searches as ECMA-262 §22.2.2 says, by back-tracking, and counts how often a character or a condition is tried. */
export class Backtracking {
  readonly #text: string;
  steps = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** @returns whether the pattern is found; undefined after 200,000 steps */
  search(pattern: Pattern): boolean | undefined {
    try {
      for (let at = 0; at <= this.#text.length; at++) if (this.#match(pattern, at, () => true)) return true;
      return false;
    } catch (error) {
      if (error === tooLong) return undefined;
      throw error;
    }
  }

  #match(pattern: Pattern, at: number, then: Continue): boolean {
    switch (pattern.kind) {
      case "sequence":
        return this.#sequence(pattern.parts, at, then);
      case "choice":
        return pattern.parts.some((part) => this.#match(part, at, then));
      case "repeat":
        return this.#repeat(pattern, at, pattern.min, pattern.max, then);
      case "ahead":
        return this.#match(pattern.part, at, () => true) !== pattern.not && then(at);
      default:
        if (++this.steps > 200_000) throw tooLong;
        if (pattern.kind === "letters")
          return at < this.#text.length && pattern.letters.includes(this.#text[at]!) && then(at + 1);
        return this.#holds(pattern.kind, at) && then(at);
    }
  }

  #sequence(parts: readonly Pattern[], at: number, then: Continue): boolean {
    const [part, ...rest] = parts;
    return part === undefined ? then(at) : this.#match(part, at, (next) => this.#sequence(rest, next, then));
  }

  #repeat(
    pattern: Pattern & { kind: "repeat" },
    at: number,
    min: number,
    max: number,
    then: Continue,
  ): boolean {
    if (max === 0) return then(at);
    const again = () =>
      this.#match(pattern.part, at, (next) =>
        min === 0 && next === at ? false : this.#repeat(pattern, next, Math.max(0, min - 1), max - 1, then),
      );
    if (min > 0) return again();
    return pattern.lazy ? then(at) || again() : again() || then(at);
  }

  #holds(kind: "start" | "end" | "edge", at: number): boolean {
    if (kind === "start") return at === 0;
    if (kind === "end") return at === this.#text.length;
    const inWord = (i: number) => /\w/.test(this.#text[i] ?? "");
    return inWord(at - 1) !== inWord(at);
  }
}
