import type { Json } from "../core/canonical-json.ts";

/**
 * What the texts of one parameter of a path or query may stand for: a text, a number, a boolean, a list of one, a list.
 * It fits its schema when one of its readings does.
 * @param values decoded, anybody's; at least one
 */
export function parameterReadings(values: readonly string[]): readonly Json[] {
  const [text] = values as [string];
  if (values.length > 1) return [values];
  const number = /^-?\d+(?:\.\d+)?$/.test(text) ? [Number(text)] : [];
  const boolean = text === "true" || text === "false" ? [text === "true"] : [];
  return [text, ...number, ...boolean, [text]];
}
