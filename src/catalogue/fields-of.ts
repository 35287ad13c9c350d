import { pointerToken } from "../core/json-pointer.ts";
import { conjunctsOf, isSchema, type Schema } from "./compatibility/json-schema.ts";
import type { FieldUse } from "./description-document.ts";

/** One field that documents of a schema may have. */
export interface Field {
  /** JSON pointer into a document (RFC 6901); `*` stands for every element of an array. Empty for the document. */
  readonly pointer: string;
  /** Data element, its own or that of what it stands in. */
  readonly element: string | undefined;
  readonly use: FieldUse | undefined;
  /** What people read of it. */
  readonly title: string | undefined;
  readonly description: string | undefined;
  /** Whether it has no fields of its own. */
  readonly leaf: boolean;
  /** Whether it is a text, a number, a boolean or null by all that the schema says of it. */
  readonly plain: boolean;
  /** Whether it is mapped to two elements, or told for two uses: the first one is given. */
  readonly ambiguous: boolean;
}

/** Deeper than any field that a purpose could list; recursion ends there, too. */
export const deepestField = 16;
/** Where several fields recurse, their number grows with the power of the depth. */
const mostFields = 100_000;

interface Inherited {
  readonly element: string | undefined;
  readonly use: FieldUse | undefined;
}

const known = new WeakMap<object, readonly Field[]>();

/** All fields of a schema, those of references and alternatives included; each pointer once. */
export function fieldsOf(schema: Schema): readonly Field[] {
  const before = typeof schema === "object" ? known.get(schema) : undefined;
  if (before !== undefined) return before;
  const fields = new Map<string, Field>();
  collect(fields, [schema], schema, "", { element: undefined, use: undefined }, 0);
  const found = [...fields.values()];
  if (typeof schema === "object") known.set(schema, found);
  return found;
}

function collect(
  fields: Map<string, Field>,
  schemas: readonly Schema[],
  root: Schema,
  pointer: string,
  inherited: Inherited,
  depth: number,
): void {
  const together = schemas.flatMap((schema) => alternativesOf(schema, root));
  const element = textOf(together, "x-sealway-element") ?? inherited.element;
  const use = (textOf(together, "x-sealway-use") as FieldUse | undefined) ?? inherited.use;
  const children = depth === deepestField ? [] : [...childrenOf(together)];
  const [title, description] = [textOf(together, "title"), textOf(together, "description")];
  const ambiguous = ["x-sealway-element", "x-sealway-use"].some((word) => isTwofold(schemas, together, word));
  const leaf = children.length === 0;
  const plain = leaf && schemas.every((schema) => isPlain(schema, root));
  fields.set(pointer, { pointer, element, use, title, description, leaf, plain, ambiguous });
  for (const [name, below] of children) {
    if (fields.size === mostFields) return;
    collect(fields, below, root, `${pointer}/${name}`, { element, use }, depth + 1);
  }
}

/** Whether a schema has no object fit it, and no array, whose elements could be objects. */
function isPlain(schema: Schema, root: Schema): boolean {
  return (conjunctsOf({ schema, root }) ?? []).some((each) => {
    if (typeof each === "boolean" || each.type === undefined) return false;
    const types = [each.type].flat();
    return !types.includes("object") && !types.includes("array");
  });
}

/** Everything that may speak of one place: together, or as alternatives. */
function alternativesOf(schema: Schema, root: Schema): Exclude<Schema, boolean>[] {
  const found: Exclude<Schema, boolean>[] = [];
  const waiting: Schema[] = [schema];
  while (waiting.length > 0 && found.length < 1000) {
    for (const each of conjunctsOf({ schema: waiting.pop()!, root }) ?? []) {
      if (typeof each === "boolean" || found.includes(each)) continue;
      found.push(each);
      const branches = ["anyOf", "oneOf", "if", "then", "else"].flatMap((word) => each[word]);
      const dependent = Object.values((each.dependentSchemas ?? {}) as object);
      waiting.push(...[...branches, ...dependent].filter((branch) => isSchema(branch)));
    }
  }
  return found;
}

function childrenOf(schemas: readonly Exclude<Schema, boolean>[]): ReadonlyMap<string, Schema[]> {
  const children = new Map<string, Schema[]>();
  const add = (name: string, schema: unknown) => {
    if (isSchema(schema as Schema)) children.set(name, [...(children.get(name) ?? []), schema as Schema]);
  };
  for (const schema of schemas) {
    for (const [name, child] of Object.entries((schema.properties ?? {}) as object))
      add(pointerToken(name), child);
    for (const name of namesIn(schema.propertyNames)) {
      add(pointerToken(name), schema.additionalProperties);
      add(pointerToken(name), schema.unevaluatedProperties);
    }
    add("*", schema.items);
    for (const child of Array.isArray(schema.prefixItems) ? schema.prefixItems : []) add("*", child);
  }
  return children;
}

/** A map whose names are listed has these fields. */
function namesIn(names: unknown): readonly string[] {
  const list =
    isSchema(names as Schema) && typeof names === "object" ? (names as { enum?: unknown }).enum : undefined;
  return Array.isArray(list) ? list.filter((name) => typeof name === "string") : [];
}

/** What stands at the field itself counts, and hides what stands in its alternatives and definitions. */
function isTwofold(
  own: readonly Schema[],
  together: readonly Exclude<Schema, boolean>[],
  keyword: string,
): boolean {
  const stated = (schemas: readonly Schema[]) =>
    new Set(schemas.flatMap((schema) => (typeof schema === "object" ? (schema[keyword] ?? []) : [])));
  const atField = stated(own);
  return (atField.size > 0 ? atField : stated(together)).size > 1;
}

function textOf(schemas: readonly Exclude<Schema, boolean>[], keyword: string): string | undefined {
  const found = schemas.map((schema) => schema[keyword]).find((value) => typeof value === "string");
  return found as string | undefined;
}
