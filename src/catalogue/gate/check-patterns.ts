import { pointerToken } from "../../core/json-pointer.ts";
import type { Schema } from "../compatibility/json-schema.ts";
import type { PatternJudge, PatternVerdict } from "../pattern/judge-pattern.ts";

type Keywords = Exclude<Schema, boolean>;

/**
 * The regular expressions of one schema object of which the verdict is such a one.
 * @returns where below the schema, and why
 */
export function* patternFaults(
  judge: PatternJudge,
  { pattern, patternProperties, maxLength }: Keywords,
  kind: Exclude<PatternVerdict["kind"], "safe">,
): Generator<readonly [below: string, detail: string]> {
  // Only a limit that stands beside the pattern is sure to be looked at before it.
  const most = typeof maxLength === "number" ? maxLength : undefined;
  const own = typeof pattern === "string" ? ([["/pattern", pattern, most]] as const) : [];
  const names = Object.keys((patternProperties ?? {}) as object);
  const ofNames = names.map((name) => [`/patternProperties/${pointerToken(name)}`, name, undefined] as const);
  for (const [below, source, length] of [...own, ...ofNames]) {
    const verdict = judge.judge(source, length);
    if (verdict.kind === kind) yield [below, verdict.detail];
  }
}
