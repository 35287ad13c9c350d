import type { KeptMembers, KeptTable } from "../core/cut-json.ts";
import { pointerToken } from "../core/json-pointer.ts";

/**
 * Where a document has another form than what stays of it is told by: a text, number or boolean in the place of an object
 * of which only some members stay, or an object in the place of a value without members. Nothing in it tells which part of
 * it may. Null says nothing and is no such place.
 * @param document parsed JSON, anybody's
 * @returns JSON pointer of names that `kept` has, and of indices; undefined when there is none
 */
export function uncuttablePlace(document: unknown, kept: KeptMembers): string | undefined {
  if (kept === "whole" || document === null) return undefined;
  if (typeof document !== "object") return kept === "plain" ? undefined : "";
  const members = Array.isArray(document)
    ? document.map((element, i) => [String(i), element, kept] as const)
    : keptMembers(document, kept);
  if (members === undefined) return "";
  for (const [name, value, below] of members) {
    const place = uncuttablePlace(value, below);
    if (place !== undefined) return `/${pointerToken(name)}${place}`;
  }
  return undefined;
}

function keptMembers(document: object, kept: KeptTable | "plain") {
  if (kept === "plain") return undefined;
  return Object.entries(document)
    .filter(([name]) => Object.hasOwn(kept, name))
    .map(([name, value]) => [name, value, kept[name]!] as const);
}
