/** A JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/**
 * Serialises by the JSON Canonicalization Scheme (RFC 8785): members sorted by UTF-16 code units, no white
 * space, ECMAScript number and string forms.
 * @throws TypeError for a number that is not finite, a lone surrogate, or a value that JSON does not have
 */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new TypeError("JSON has no number that is not finite");
    return JSON.stringify(value);
  }
  if (typeof value === "string") return canonicalString(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value === "object") return canonicalObject(value as { readonly [name: string]: Json });
  throw new TypeError(`JSON has no ${typeof value}`);
}

function canonicalObject(object: { readonly [name: string]: Json }): string {
  let text = "{";
  for (const name of Object.keys(object).sort()) {
    if (text.length > 1) text += ",";
    text += `${canonicalString(name)}:${canonicalJson(object[name] as Json)}`;
  }
  return `${text}}`;
}

function canonicalString(text: string): string {
  if (!text.isWellFormed()) throw new TypeError("a string with a lone surrogate has no canonical form");
  return JSON.stringify(text);
}

/**
 * Whether `JSON.stringify(value)` already is the canonical form: the members of every object stand in order.
 * Holds only for values whose strings are well formed and whose numbers are finite; several times faster than
 * building the form anew.
 */
export function hasCanonicalOrder(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return true;
  if (Array.isArray(value)) return value.every(hasCanonicalOrder);
  let previous = "";
  for (const name in value) {
    if (name < previous || !hasCanonicalOrder((value as Record<string, unknown>)[name])) return false;
    previous = name;
  }
  return true;
}
