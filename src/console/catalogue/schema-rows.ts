/** A field of a schema, as people read it. */
export interface SchemaField {
  /** `address.city`, `persons[].name`. */
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly description: string;
  readonly element: string;
}

type Schema = Readonly<Record<string, unknown>>;

/** Of one schema. */
const mostFields = 200;
const mostDepth = 12;
/** Characters of what stands in a cell. */
const mostText = 300;

/** Places of schemas that may be looked at for one page: few fields that refer to each other stand for any number. */
export class SchemaBudget {
  #left = 10_000;

  /** Whether one more may be. */
  take(): boolean {
    return this.#left-- > 0;
  }
}

/**
 * The fields of a JSON Schema whose references stay in it; a recursion ends where it begins anew.
 * @param root a provider's choice
 * @returns isCut where there are more
 */
export function schemaFields(
  root: unknown,
  budget: SchemaBudget,
): { readonly fields: readonly SchemaField[]; readonly isCut: boolean } {
  const of: Walk = { root: objectIn(root), budget, fields: [], isCut: false };
  walk(of, of.root, "", []);
  return of;
}

interface Walk {
  readonly root: Schema;
  readonly budget: SchemaBudget;
  readonly fields: SchemaField[];
  isCut: boolean;
}

function walk(of: Walk, schema: Schema, at: string, above: readonly Schema[]): void {
  of.isCut ||= !of.budget.take();
  if (of.isCut) return;
  const resolved = resolve(of.root, schema);
  if (above.includes(resolved) || above.length >= mostDepth) return;
  const below = [...above, resolved];
  const required = Array.isArray(resolved.required) ? resolved.required : [];
  for (const [key, value] of Object.entries(objectIn(resolved.properties))) {
    of.isCut ||= of.fields.length === mostFields;
    if (of.isCut) return;
    const property = objectIn(value);
    const name = at === "" ? key : `${at}.${key}`;
    of.fields.push(fieldOf(of.root, property, name, required.includes(key)));
    walk(of, property, name, below);
  }
  if (resolved.items !== undefined) walk(of, objectIn(resolved.items), `${at}[]`, below);
  for (const keyword of ["allOf", "anyOf", "oneOf"]) {
    const parts = resolved[keyword];
    if (!Array.isArray(parts)) continue;
    for (const part of parts) {
      if (of.isCut) return;
      walk(of, objectIn(part), at, below);
    }
  }
}

function fieldOf(root: Schema, property: Schema, name: string, required: boolean): SchemaField {
  const resolved = { ...resolve(root, property), ...property };
  return {
    ...{ name, required, type: typeText(resolved) },
    description: textIn(resolved.description) || textIn(resolved.title),
    element: textIn(resolved["x-sealway-element"]),
  };
}

/** Type with what limits it, in the words of JSON Schema. */
function typeText(schema: Schema): string {
  const { type, format, maxLength, maximum, minimum, maxItems, pattern } = schema;
  const choices = Array.isArray(schema.enum) ? schema.enum.slice(0, 10).map(String).join(" | ") : undefined;
  const limits = Object.entries({ format, maxLength, minimum, maximum, maxItems, pattern })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name} ${String(value)}`);
  const named = Array.isArray(type) ? type.join(" | ") : textIn(type);
  return [choices ?? named, ...limits]
    .filter((text) => text !== "")
    .join(", ")
    .slice(0, mostText);
}

/** What a schema refers to within its document (RFC 6901); itself where it refers to nothing that is there. */
function resolve(root: Schema, schema: Schema): Schema {
  const reference = textIn(schema.$ref);
  if (!reference.startsWith("#/")) return schema;
  let found: unknown = root;
  for (const token of reference.slice(2).split("/")) {
    const name = decoded(token).replaceAll("~1", "/").replaceAll("~0", "~");
    const here = objectIn(found);
    if (!Object.hasOwn(here, name)) return schema;
    found = here[name];
  }
  return objectIn(found);
}

function decoded(token: string): string {
  try {
    return decodeURIComponent(token);
  } catch {
    return token;
  }
}

function objectIn(value: unknown): Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Schema) : {};
}

function textIn(value: unknown): string {
  return typeof value === "string" ? value.slice(0, mostText) : "";
}
