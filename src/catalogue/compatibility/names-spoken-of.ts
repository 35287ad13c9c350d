import type { Json } from "../../core/canonical-json.ts";
import type { Keywords } from "./keyword-rule.ts";

/** Keywords below which schemas speak of the same value. */
const inPlace = ["allOf", "anyOf", "oneOf", "not", "if", "then", "else"];

/**
 * Names of members whose presence or value decides whether a keyword holds: those in the keyword's own schemas, and not
 * those behind references.
 */
export function namesSpokenOf(keyword: string, value: Json | undefined): ReadonlySet<string> {
  const names = new Set<string>();
  collect({ [keyword]: value ?? null }, names);
  return names;
}

function collect(schema: Keywords, names: Set<string>): void {
  for (const [keyword, value] of Object.entries(schema)) {
    if (keyword === "required") for (const name of listOf(value)) names.add(String(name));
    else if (keyword === "properties") for (const name of Object.keys(value as object)) names.add(name);
    else if (keyword === "dependentRequired" || keyword === "dependentSchemas") {
      for (const [name, dependent] of Object.entries(value as Readonly<Record<string, Json>>)) {
        names.add(name);
        if (Array.isArray(dependent)) for (const each of dependent) names.add(String(each));
        else if (isObject(dependent)) collect(dependent, names);
      }
    } else if (inPlace.includes(keyword)) {
      for (const branch of Array.isArray(value) ? value : [value])
        if (isObject(branch)) collect(branch, names);
    }
  }
}

function listOf(value: Json): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function isObject(value: Json): value is Keywords {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
