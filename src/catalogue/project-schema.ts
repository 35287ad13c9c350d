import { Ajv2020 } from "ajv/dist/2020.js";
import type { Json } from "../core/canonical-json.ts";
import { cutJson, type KeptMembers, type KeptTable } from "../core/cut-json.ts";
import { isSchema, resolveReference, type Schema } from "./compatibility/json-schema.ts";

/**
 * The schema of what is left of a document when it was cut: every document that fits `schema` fits the projection once
 * `cutJson` has taken away what `kept` does not name. Where cutting could break a keyword that speaks of the whole
 * (`not`, `if`, `contains`, `minProperties` …) the keyword is left out.
 * @param schema one that the publishing gate accepted: its references stay within it
 */
export function projectSchema(schema: Schema, kept: KeptMembers): Schema {
  return typeof kept === "string" ? schema : new Projection(schema).run(kept);
}

const metaSchema = new Ajv2020({ strict: false, logger: false, validateFormats: false });

/** Whether what is left of a schema is one (JSON Schema 2020-12). @param schema as published, anybody's */
export function isValidProjection(schema: Schema, kept: KeptMembers): boolean {
  return metaSchema.validateSchema(projectSchema(schema, kept)) === true;
}

type Keywords = Exclude<Schema, boolean>;
/** Makes what stands at a keyword of the projection; undefined leaves it out. */
type Rule = (projection: Projection, value: Json, kept: KeptTable, schema: Keywords) => Json | undefined;

const original = "original";

class Projection {
  readonly #root: Schema;
  /** Projections of referred schemas, by schema and table: recursion meets them again. */
  readonly #names = new Map<Schema, Map<KeptTable, string>>();
  readonly #definitions: Record<string, Json> = {};

  constructor(root: Schema) {
    this.#root = root;
  }

  run(kept: KeptTable): Schema {
    const projected = this.project(this.#root, kept);
    if (typeof projected === "boolean") return projected;
    const text = JSON.stringify([projected, this.#definitions]);
    if (text.includes(`"#/$defs/${original}`)) this.#definitions[original] = rewritten(this.#root);
    return Object.keys(this.#definitions).length === 0
      ? projected
      : { ...projected, $defs: this.#definitions };
  }

  project(schema: Schema, kept: KeptMembers): Schema {
    if (typeof schema === "boolean") return schema;
    if (typeof kept === "string") return rewritten(schema) as Keywords;
    const projected: Record<string, Json> = {};
    for (const [keyword, value] of Object.entries(schema)) {
      const rule = Object.hasOwn(rules, keyword) ? rules[keyword]! : asItIs;
      const result = rule(this, value, kept, schema);
      if (result !== undefined) projected[keyword] = result;
    }
    return withoutOneOf(projected);
  }

  /** A reference to the projection of what the reference names. */
  refer(reference: Json, kept: KeptTable): string | undefined {
    const target = resolveReference(reference, this.#root);
    if (target === undefined) return undefined;
    const names = this.#names.get(target) ?? new Map<KeptTable, string>();
    this.#names.set(target, names);
    let name = names.get(kept);
    if (name === undefined) {
      name = `cut${Object.keys(this.#definitions).length}`;
      names.set(kept, name);
      this.#definitions[name] = true;
      this.#definitions[name] = this.project(target, kept);
    }
    return `#/$defs/${name}`;
  }
}

const asItIs: Rule = (_, value) => rewritten(value);
const leftOut: Rule = () => undefined;
const each: Rule = (projection, value, kept) =>
  (value as Schema[]).map((schema) => projection.project(schema, kept));
const one: Rule = (projection, value, kept) => (isSchema(value) ? projection.project(value, kept) : value);

/** Keywords without a rule speak of nothing that is cut. */
const rules: Readonly<Record<string, Rule>> = {
  $ref: (projection, value, kept) => projection.refer(value, kept),
  $defs: leftOut,
  definitions: leftOut,
  properties: (projection, _, kept, schema) => keptProperties(projection, kept, schema),
  required: (_, value, kept) => (value as string[]).filter((name) => Object.hasOwn(kept, name)),
  // Whatever else was allowed beside the properties is cut.
  additionalProperties: (_, value, _kept, { patternProperties }) =>
    value === false && patternProperties === undefined ? false : undefined,
  enum: (_, value, kept) => (value as Json[]).map((element) => cut(element, kept)),
  const: (_, value, kept) => cut(value, kept),
  items: one,
  prefixItems: each,
  allOf: each,
  anyOf: each,
  oneOf: each,
  ...Object.fromEntries(
    [
      ...["not", "if", "then", "else", "contains", "minContains", "maxContains", "uniqueItems"],
      ...["patternProperties", "minProperties", "dependentRequired", "dependentSchemas"],
      ...["unevaluatedProperties", "unevaluatedItems", "examples", "default"],
    ].map((keyword) => [keyword, leftOut]),
  ),
};

function keptProperties(projection: Projection, kept: KeptTable, { properties }: Keywords): Json {
  const named = Object.entries(properties as Readonly<Record<string, Schema>>).filter(([name]) =>
    Object.hasOwn(kept, name),
  );
  return Object.fromEntries(named.map(([name, schema]) => [name, projection.project(schema, kept[name]!)]));
}

/** What was cut may have told alternatives apart: any of them will do. */
function withoutOneOf({ oneOf, ...rest }: Record<string, Json>): Schema {
  if (oneOf === undefined) return rest;
  return { ...rest, allOf: [...((rest.allOf as Json[] | undefined) ?? []), { anyOf: oneOf }] };
}

function cut(value: Json, kept: KeptTable): Json {
  return JSON.parse(cutJson(JSON.stringify(value), kept)) as Json;
}

/** References of what stays whole lead into the copy of the original. */
function rewritten(value: Json): Json {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(rewritten);
  const entries = Object.entries(value).map(([name, member]) => {
    if (name === "enum" || name === "const") return [name, member];
    const refers = name === "$ref" && typeof member === "string" && member.startsWith("#");
    return [name, refers ? `#/$defs/${original}${member.slice(1)}` : rewritten(member)];
  });
  return Object.fromEntries(entries);
}
