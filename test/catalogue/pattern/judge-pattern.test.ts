import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { RegExpParser } from "@eslint-community/regexpp";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import t from "tap";
import { Effort, TooComplex } from "../../../src/catalogue/pattern/effort.ts";
import { PatternJudge } from "../../../src/catalogue/pattern/judge-pattern.ts";
import { matchingWork } from "../../../src/catalogue/pattern/matching-work.ts";
import { patternAutomaton } from "../../../src/catalogue/pattern/pattern-automaton.ts";
import { arbitraryPattern, Backtracking, sourceOf } from "./backtracking.ts";
import { invalidPatterns, safePatterns, slowPatterns, unjudgedPatterns } from "./patterns.ts";

const judge = (source: string, maxLength?: number) => new PatternJudge().judge(source, maxLength);
const shown = (source: string) => (source.length > 60 ? `${source.slice(0, 60)}…` : source);

t.test("patterns that back-track catastrophically are refused", async (t) => {
  t.ok(slowPatterns.length >= 60, `${slowPatterns.length}`);
  for (const { source, maxLength } of slowPatterns) {
    const { kind } = judge(source, maxLength);
    t.ok(kind === "slow" || kind === "unjudged", `${shown(source)}: ${kind}`);
  }
  const judged = slowPatterns.filter(({ source, maxLength }) => judge(source, maxLength).kind === "slow");
  t.ok(judged.length >= slowPatterns.length - 2, "of nearly all it is known");
});

t.test("patterns that administrations write are let through", async (t) => {
  t.ok(safePatterns.length >= 60, `${safePatterns.length}`);
  for (const [source, maxLength] of safePatterns)
    t.strictSame(judge(source, maxLength), { kind: "safe" }, shown(source));
});

t.test("the patterns of Sealway's own schemas are safe in texts of any length", async (t) => {
  const folder = join(import.meta.dirname, "../../../schemas");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".json"),
  );
  const patterns = files.flatMap((file) =>
    [...readFileSync(join(folder, file), "utf8").matchAll(/"pattern":\s*("(?:[^"\\]|\\.)*")/g)].map(
      ([, text]) => JSON.parse(text!) as string,
    ),
  );
  t.ok(patterns.length > 30, `${patterns.length}`);
  for (const source of new Set(patterns)) t.strictSame(judge(source), { kind: "safe" }, shown(source));
});

t.test("what nobody can tell is refused, and why", async (t) => {
  for (const [source, detail] of unjudgedPatterns)
    t.match(judge(source), { kind: "unjudged", detail }, shown(source));
});

t.test("what V8 does not take under the flag u is no pattern", async (t) => {
  for (const source of invalidPatterns) t.match(judge(source), { kind: "invalid" }, source);
});

t.test("a limit of the length bounds polynomial work, and never exponential work", async (t) => {
  t.equal(judge("^a*a*$", 100).kind, "safe");
  t.equal(judge("^a*a*$", 10_000).kind, "slow");
  t.equal(judge("^(?:a+)+$", 5).kind, "slow");
});

t.test("all patterns of a description together are judged within bounds", async (t) => {
  const one = new PatternJudge();
  const verdicts = Array.from({ length: 200 }, (_, i) => one.judge(`^[^x]{1,4000}x{${i}}$`, 5000).kind);
  t.equal(verdicts.at(-1), "unjudged");
  t.match(one.judge("^a$"), { kind: "unjudged", detail: /all patterns together/ });
});

const text = fc
  .array(fc.constantFrom("a", "b", "c", " "), { maxLength: 12 })
  .map((letters) => letters.join(""));
const parser = new RegExpParser({ ecmaVersion: 2025 });

/** Steps that were said for each text; none when the pattern is too complex to be judged. */
function stepsSaid(source: string, texts: readonly string[]): readonly number[] {
  const effort = new Effort();
  try {
    const parsed = parser.parsePattern(source, 0, source.length, { unicode: true });
    const lengths = texts.map(({ length }) => length);
    return matchingWork(patternAutomaton(parsed, effort), lengths, effort);
  } catch (error) {
    if (error instanceof TooComplex) return [];
    throw error;
  }
}

t.test("whatever the pattern and the text, back-tracking takes no more steps than was said", async (t) => {
  const counts = { judged: 0, near: 0 };
  fc.assert(
    fc.property(arbitraryPattern, fc.array(text, { minLength: 5, maxLength: 20 }), (pattern, texts) => {
      const source = sourceOf(pattern);
      for (const [i, most] of stepsSaid(source, texts).entries()) {
        const run = new Backtracking(texts[i]!);
        const found = run.search(pattern);
        if (found !== undefined && found !== new RegExp(source, "u").test(texts[i]!))
          throw new Error(`/${source}/ in "${texts[i]}": ${found}`);
        if (run.steps > most)
          throw new Error(`/${source}/ in "${texts[i]}": ${run.steps} steps, said ${most}`);
        counts.judged++;
        if (run.steps * 20 > most) counts.near++;
      }
    }),
    { numRuns: 1500 },
  );
  t.ok(counts.judged > 10_000, `${counts.judged} searches`);
  t.ok(
    counts.near > counts.judged / 10,
    `${counts.near} of them took more than a twentieth of what was said`,
  );
});

t.test("the validator looks at maxLength before the pattern beside it", async (t) => {
  const validate = new Ajv2020().compile({ type: "string", pattern: "^(?:a+)+$", maxLength: 40 });
  t.equal(validate(`${"a".repeat(60)}!`), false);
  t.match(validate.errors, [{ keyword: "maxLength" }]);
});
