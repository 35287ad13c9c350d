import { RegExpParser } from "@eslint-community/regexpp";
import { Effort, TooComplex } from "./effort.ts";
import { matchingWork } from "./matching-work.ts";
import { patternAutomaton, Unjudged } from "./pattern-automaton.ts";

export type PatternVerdict =
  | { readonly kind: "safe" }
  /** No regular expression under the flag `u` (ECMA-262), as JSON Schema demands it. */
  | { readonly kind: "invalid"; readonly detail: string }
  /** Some text keeps the search busy. */
  | { readonly kind: "slow"; readonly detail: string }
  /** Whether some text does is not known. */
  | { readonly kind: "unjudged"; readonly detail: string };

const mostCharacters = 2000;
/** What one character of a text may cost. */
const stepsEach = 500;
const stepsAtOnce = 2000;
/** Of this length every text must be searched in time, whatever is said of its length: nothing grows exponentially. */
const shortText = 256;
const mostStepsInShortText = 1e8;
/** Characters of a text whose length nobody limits: as much as a request may have. */
export const unlimitedLength = 1_048_576;

const parser = new RegExpParser({ ecmaVersion: 2025 });
const safe: PatternVerdict = { kind: "safe" };

/** Judges the patterns of one description: each once, and all within bounds. */
export class PatternJudge {
  readonly #effort = new Effort();
  readonly #verdicts = new Map<string, PatternVerdict>();

  /**
   * Whether a search for a pattern takes a time that is bounded by the length of the text: at most 500 steps of V8's
   * back-tracking for each character, whatever the text is. "Safe" is proven; the others may be harmless.
   * @param source as JSON Schema's `pattern`; anybody's
   * @param maxLength of texts, in characters
   */
  judge(source: string, maxLength = unlimitedLength): PatternVerdict {
    const key = `${maxLength} ${source}`;
    const verdict = this.#verdicts.get(key) ?? judge(source, maxLength, this.#effort);
    this.#verdicts.set(key, verdict);
    return verdict;
  }
}

function judge(source: string, maxLength: number, effort: Effort): PatternVerdict {
  if (source.length > mostCharacters)
    return { kind: "unjudged", detail: `it has more than ${mostCharacters} characters` };
  try {
    new RegExp(source, "u");
  } catch (error) {
    return { kind: "invalid", detail: (error as Error).message.slice(0, 300) };
  }
  try {
    effort.begin();
    const automaton = patternAutomaton(
      parser.parsePattern(source, 0, source.length, { unicode: true }),
      effort,
    );
    const [own, short] = matchingWork(automaton, [maxLength, shortText], effort);
    if (short! > mostStepsInShortText) return slow(short!, shortText);
    return own! > stepsEach * maxLength + stepsAtOnce ? slow(own!, maxLength) : safe;
  } catch (error) {
    if (error instanceof Unjudged) return { kind: "unjudged", detail: error.message };
    if (error instanceof TooComplex)
      return { kind: "unjudged", detail: `it is too complex: ${error.message}` };
    // The parser's version of Unicode may know fewer properties than V8's; the stack may end.
    if (error instanceof SyntaxError || error instanceof RangeError)
      return { kind: "unjudged", detail: "it is not understood" };
    throw error;
  }
}

function slow(steps: number, length: number): PatternVerdict {
  const many = steps >= 1e9 ? "more than 1,000,000,000" : `up to ${Math.ceil(steps).toLocaleString("en")}`;
  return { kind: "slow", detail: `${many} steps in a text of ${length.toLocaleString("en")} characters` };
}
