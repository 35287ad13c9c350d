import type { Json } from "../../core/canonical-json.ts";

/** A JSON Schema (2020-12) as parsed JSON. */
export type Schema = boolean | { readonly [keyword: string]: Json };

export type JsonType = "null" | "boolean" | "object" | "array" | "number" | "integer" | "string";

/** A schema and the document in which its references are looked up. */
export interface Located {
  readonly schema: Schema;
  readonly root: Schema;
}

/** How many references and `allOf`s are followed at one place; more is a bomb. */
const mostConjuncts = 64;

/**
 * The schemas that all hold together at one place: the schema itself, what its `$ref` names and what its `allOf`
 * lists, and theirs.
 * @returns undefined for a reference that leaves the document or leads nowhere, and for more than can be meant
 */
export function conjunctsOf({ schema, root }: Located): readonly Schema[] | undefined {
  const found: Schema[] = [];
  const waiting: Schema[] = [schema];
  while (waiting.length > 0) {
    const next = waiting.pop()!;
    if (found.includes(next)) continue;
    if (found.length === mostConjuncts) return undefined;
    found.push(next);
    if (typeof next === "boolean") continue;
    if (Array.isArray(next.allOf)) waiting.push(...(next.allOf as Schema[]));
    if (next.$ref === undefined) continue;
    const target = resolveReference(next.$ref, root);
    if (target === undefined) return undefined;
    waiting.push(target);
  }
  return found;
}

/** What a reference within the document names (RFC 6901 §6, as a fragment); others are never fetched. */
export function resolveReference(reference: Json, root: Schema): Schema | undefined {
  if (typeof reference !== "string" || !/^#(?:\/|$)/.test(reference)) return undefined;
  let at: Json | undefined = root;
  for (const token of reference.slice(1).split("/").slice(1)) {
    const name = nameOf(token);
    if (typeof at !== "object" || at === null || name === undefined || !Object.hasOwn(at, name))
      return undefined;
    at = (at as { readonly [name: string]: Json })[name];
  }
  return isSchema(at) ? at : undefined;
}

function nameOf(token: string): string | undefined {
  try {
    return decodeURIComponent(token).replaceAll("~1", "/").replaceAll("~0", "~");
  } catch {
    return undefined;
  }
}

export function isSchema(value: Json | undefined): value is Schema {
  return typeof value === "boolean" || (typeof value === "object" && value !== null && !Array.isArray(value));
}

/** The types that a value of JSON has; an integer is a number, too. */
export function typesOf(value: Json): readonly JsonType[] {
  if (value === null) return ["null"];
  if (Array.isArray(value)) return ["array"];
  if (typeof value === "number") return Number.isInteger(value) ? ["integer", "number"] : ["number"];
  return [typeof value as JsonType];
}
