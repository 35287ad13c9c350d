import { canonicalJson, type Json } from "../../core/canonical-json.ts";
import { conjunctsOf, isSchema, type Schema, typesOf } from "../compatibility/json-schema.ts";
import { typesNamed } from "../compatibility/value-rules.ts";

type Keywords = Exclude<Schema, boolean>;
type Fault = readonly [below: string, detail: string];

const bounds = [
  ["minLength", "maxLength"],
  ["minItems", "maxItems"],
  ["minProperties", "maxProperties"],
  ["minimum", "maximum"],
  ["minContains", "maxContains"],
] as const;
const exclusive = [
  ["exclusiveMinimum", "maximum"],
  ["minimum", "exclusiveMaximum"],
  ["exclusiveMinimum", "exclusiveMaximum"],
] as const;
const mostTold = 20;

/**
 * Keywords that leave no value, or none of what they list: in the schema itself, and together with what its `$ref`
 * names and its `allOf` lists. Not every contradiction is found.
 * @returns where below the schema, and what
 */
export function contradictions(schema: Keywords, root: Schema): readonly Fault[] {
  const together = conjunctsOf({ schema, root })?.filter((each) => typeof each === "object") ?? [schema];
  const found = [...inBounds(schema, [schema]), ...inRequired(schema, root), ...inEnum(schema)];
  if (found.length > 0 || together.length === 1) return found.slice(0, mostTold);
  return [...inBounds(schema, together), ...inTypes(together), ...inLists(together)].slice(0, mostTold);
}

function* inBounds(schema: Keywords, together: readonly Keywords[]): Generator<Fault> {
  const limit = (name: string, pick: (...values: number[]) => number) => {
    const values = together.map((each) => each[name]).filter((value) => typeof value === "number");
    return values.length === 0 ? undefined : pick(...values);
  };
  const at = (name: string) => (schema[name] === undefined ? "" : `/${name}`);
  for (const [least, most] of bounds) {
    const [low, high] = [limit(least, Math.max), limit(most, Math.min)];
    if (low !== undefined && high !== undefined && low > high)
      yield [at(least), `${least} is greater than ${most}`];
  }
  for (const [least, most] of exclusive) {
    const [low, high] = [limit(least, Math.max), limit(most, Math.min)];
    if (low !== undefined && high !== undefined && low >= high)
      yield [at(least), `${least} leaves nothing below ${most}`];
  }
}

/** What is required must be allowed. */
function* inRequired(schema: Keywords, root: Schema): Generator<Fault> {
  const { additionalProperties, patternProperties, properties = {}, required = [] } = schema;
  const closed = additionalProperties === false && patternProperties === undefined;
  // Longer lists are refused as such.
  for (const name of (required as string[]).slice(0, 2000)) {
    const property = Object.hasOwn(properties as object, name)
      ? (properties as Readonly<Record<string, Schema>>)[name]
      : undefined;
    const refused = isSchema(property) && conjunctsOf({ schema: property, root })?.includes(false);
    if (refused || (closed && property === undefined))
      yield ["/required", `"${name}" is required and not allowed`];
  }
}

function* inEnum({ enum: list, const: one, type }: Keywords): Generator<Fault> {
  if (type === undefined) return;
  const fits = (value: Json) => typesOf(value).some((name) => [type].flat().includes(name));
  for (const [i, value] of ((list ?? []) as Json[]).entries()) {
    if (!fits(value)) yield [`/enum/${i}`, `${canonicalJson(value).slice(0, 100)} is not of the type`];
  }
  if (one !== undefined && !fits(one))
    yield ["/const", `${canonicalJson(one).slice(0, 100)} is not of the type`];
}

function* inTypes(together: readonly Keywords[]): Generator<Fault> {
  const sets = together.map(typesNamed);
  if (![...typesNamed({})].some((type) => sets.every((types) => types.has(type))))
    yield ["", "no type is left"];
}

function* inLists(together: readonly Keywords[]): Generator<Fault> {
  const lists = together.flatMap(({ enum: list, const: one }) => [
    ...(Array.isArray(list) ? [list.map((value) => canonicalJson(value))] : []),
    ...(one === undefined ? [] : [[canonicalJson(one)]]),
  ]);
  const [first, ...others] = lists.map((list) => new Set(list));
  if (first !== undefined && ![...first].some((value) => others.every((list) => list.has(value))))
    yield ["", "no value is in all lists"];
}
