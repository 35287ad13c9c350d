/*
 * npx node test/catalogue/pattern/measure-patterns.ts
 *
 * Runs V8 itself, in a process of its own with a time limit, on each pattern that is refused with the text that shows
 * why, and on each pattern that is let through with texts that it nearly matches.
 */
import { spawnSync } from "node:child_process";
import { PatternJudge } from "../../../src/catalogue/pattern/judge-pattern.ts";
import { monotonic } from "../../../src/core/clock.ts";
import { safePatterns, slowPatterns } from "./patterns.ts";

const limitMs = 1500;
const longest = 200_000;

/** @returns milliseconds, or undefined for one that was stopped */
function searchTime(source: string, text: string): number | undefined {
  const script = `
    const { source, text } = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
    const pattern = new RegExp(source, "u");
    pattern.test("");
    const began = process.hrtime.bigint();
    pattern.test(text);
    process.stdout.write(String(Number(process.hrtime.bigint() - began) / 1e6));`;
  const input = JSON.stringify({ source, text });
  const { status, stdout } = spawnSync(process.execPath, ["-e", script], { input, timeout: limitMs });
  return status === 0 ? Number(stdout) : undefined;
}

function attackOn({ before, again, after, maxLength = longest }: (typeof slowPatterns)[number]): string {
  const times = Math.floor((maxLength - [...before, ...after].length) / [...again].length);
  return `${before}${again.repeat(times)}${after}`;
}

let stopped = 0;
for (const pattern of slowPatterns) {
  const time = searchTime(pattern.source, attackOn(pattern));
  if (time === undefined) stopped++;
  else
    console.log(
      `${time.toFixed(1)} ms for ${attackOn(pattern).length} characters: ${pattern.source.slice(0, 80)}`,
    );
}
console.log(`${stopped} of ${slowPatterns.length} refused patterns kept V8 busy for more than ${limitMs} ms`);

const attacks = ["a", "1", " ", "A", "ab", "a,", "a ", "a-", "1,", "Aa ", "\u00c4", "x", "_", "/", "\\"];
let slowest = 0;
for (const [source, maxLength = longest] of safePatterns) {
  for (const again of attacks) {
    const text = `${again.repeat(Math.max(1, Math.floor((maxLength - 1) / again.length)))}\u0001`;
    const pattern = new RegExp(source, "u");
    pattern.test("");
    const began = monotonic();
    pattern.test(text);
    const perCharacter = ((monotonic() - began) * 1e6) / text.length;
    if (text.length > 1000) slowest = Math.max(slowest, perCharacter);
  }
}
console.log(
  `${safePatterns.length} patterns let through: at most ${slowest.toFixed(0)} ns a character in long texts`,
);

const times = [
  ...slowPatterns.map(({ source, maxLength }) => [source, maxLength] as const),
  ...safePatterns,
].map(([source, maxLength]) => {
  const began = monotonic();
  new PatternJudge().judge(source, maxLength);
  return monotonic() - began;
});
times.sort((a, b) => a - b);
console.log(
  `judging one: median ${times[times.length >> 1]!.toFixed(2)} ms, longest ${times.at(-1)!.toFixed(0)} ms`,
);
