import { conjunctsOf, isSchema, resolveReference, type Schema } from "../compatibility/json-schema.ts";
import { type SchemaPlace, walkSchema } from "./schema-walk.ts";

type Keywords = Exclude<Schema, boolean>;

/** How often a validator may look at one value, and at all that one step down leads to. */
const mostAtOnePlace = 500;
const mostBelow = 1000;
/** As deep as JSON is read. */
const mostDepth = 64;
const mostEntries = 200_000;
/** A validator writes parts that are referred to, and refer to nothing, out at each reference. */
const mostWrittenOut = 20_000;
/** More elements of arrays are not compared each with each. */
const mostPairs = 1000;
const mostCircles = 50;

/**
 * Where schemas that are applied to one value lead back to themselves: checking it would not end.
 * @param places of one schema
 * @returns the places of the references, as JSON pointers
 */
export function* circles(places: readonly SchemaPlace[]): Generator<string> {
  const root = places[0]!.schema;
  const known = new Map(places.map(({ schema, place }) => [schema, place]));
  const seen = new Set<Schema>();
  const open = new Set<Schema>();
  let told = 0;
  for (const { schema } of places) {
    const path: { schema: Schema; branches: Schema[] }[] = [];
    const enter = (next: Schema) => {
      seen.add(next);
      open.add(next);
      path.push({ schema: next, branches: typeof next === "object" ? [...branchesOf(next, root)] : [] });
    };
    if (!seen.has(schema)) enter(schema);
    while (path.length > 0) {
      const next = path.at(-1)!.branches.pop();
      if (next === undefined) open.delete(path.pop()!.schema);
      else if (!seen.has(next)) enter(next);
      else if (open.has(next)) {
        const from = path.findIndex((step) => step.schema === next);
        for (const { schema: step } of path.slice(from))
          if (typeof step === "object" && step.$ref !== undefined) yield `${known.get(step)}/$ref`;
        if (++told === mostCircles) return;
      }
    }
  }
}

/**
 * Why checking a document could take much longer than reading it: references and alternatives that multiply, at one
 * place or by recursion.
 * @param places of a schema whose references all lead somewhere and nowhere back
 * @returns where, as a JSON pointer, and what
 */
export function* fanOut(places: readonly SchemaPlace[]): Generator<readonly [place: string, detail: string]> {
  const root = places[0]!.schema;
  for (const { schema, place } of places) {
    if (conjunctsOf({ schema, root }) === undefined)
      return yield [place, "more than 64 schemas hold together here"];
    if (typeof schema === "object" && comparesPairs(schema))
      yield [`${place}/uniqueItems`, `more than ${mostPairs} elements are compared with each other`];
  }
  const often = new FanOut(root).most();
  if (often > mostBelow) yield [places[0]!.place, `one value more than ${mostBelow} times`];
  const size = writtenOut(places, root);
  if (size > mostWrittenOut) yield [places[0]!.place, `with all references it has ${size} parts`];
}

/** Elements that are certainly no objects or arrays are looked up; others are compared each with each. */
function comparesPairs({ uniqueItems, items, maxItems }: Keywords): boolean {
  if (uniqueItems !== true || (typeof maxItems === "number" && maxItems <= mostPairs)) return false;
  const types = isSchema(items) && typeof items === "object" ? [items.type ?? "object"].flat() : ["object"];
  return types.some((type) => type === "object" || type === "array");
}

function writtenOut(places: readonly SchemaPlace[], root: Schema): number {
  const sizes = new Map<Schema, number>();
  return places.reduce((sum, { schema }) => {
    const target = typeof schema === "object" ? resolveReference(schema.$ref ?? "", root) : undefined;
    if (target === undefined) return sum + 1;
    const size = sizes.get(target) ?? sizeOf(target);
    sizes.set(target, size);
    return sum + size;
  }, 0);
}

function sizeOf(schema: Schema): number {
  const parts = [...walkSchema(schema, "")];
  return parts.some(({ schema: part }) => typeof part === "object" && part.$ref !== undefined)
    ? 1
    : parts.length;
}

/** How often schemas are applied, each to one value. */
type Counts = Map<Schema, number>;

class FanOut {
  readonly #root: Schema;
  readonly #together = new Map<Schema, Counts>();
  readonly #below = new Map<Schema, readonly Counts[]>();
  #entries = 0;

  constructor(root: Schema) {
    this.#root = root;
  }

  /** @returns how often a value may be checked at most, or Infinity as soon as it is too often */
  most(): number {
    const schemas = this.#reach();
    if (schemas === undefined) return Number.POSITIVE_INFINITY;
    let often = new Map(schemas.map((schema) => [schema, total(this.#inPlace(schema)!)]));
    let most = Math.max(...often.values());
    for (let depth = 1; depth <= mostDepth && most <= mostBelow; depth++) {
      const before = often;
      often = new Map(
        schemas.map((schema) => [
          schema,
          Math.max(0, ...this.#below.get(schema)!.map((counts) => weigh(counts, before))),
        ]),
      );
      most = Math.max(most, ...often.values());
    }
    return most;
  }

  #reach(): readonly Schema[] | undefined {
    const found = new Set<Schema>([this.#root]);
    for (const schema of found) {
      const together = this.#inPlace(schema);
      if (together === undefined) return undefined;
      const below = childrenOf(together);
      this.#below.set(schema, below);
      this.#entries += below.reduce((sum, counts) => sum + counts.size, 1);
      if (this.#entries > mostEntries) return undefined;
      for (const counts of below) for (const child of counts.keys()) found.add(child);
    }
    return [...found];
  }

  /** Everything that is applied to the same value, and how often; undefined when it is too much. */
  #inPlace(schema: Schema, depth = 0): Counts | undefined {
    const known = this.#together.get(schema);
    if (known !== undefined) return known;
    if (depth > mostAtOnePlace) return undefined;
    const counts: Counts = new Map([[schema, 1]]);
    if (typeof schema === "object") {
      for (const branch of branchesOf(schema, this.#root)) {
        const more = this.#inPlace(branch, depth + 1);
        if (more === undefined) return undefined;
        for (const [each, count] of more) counts.set(each, (counts.get(each) ?? 0) + count);
        if (total(counts) > mostAtOnePlace) return undefined;
      }
    }
    this.#together.set(schema, counts);
    return counts;
  }
}

function branchesOf(schema: Keywords, root: Schema): readonly Schema[] {
  const { allOf, anyOf, oneOf, not, if: condition, then, else: otherwise, dependentSchemas } = schema;
  const target = resolveReference(schema.$ref ?? "", root);
  const lists = [allOf, anyOf, oneOf, not, condition, then, otherwise].flat();
  return [...lists, ...Object.values((dependentSchemas ?? {}) as object), target].filter((each) =>
    isSchema(each),
  );
}

/** What is applied together one step down: for each name and index, and for all others. */
function childrenOf(together: Counts): readonly Counts[] {
  const named = new Map<string, Counts>();
  const others = { member: new Map() as Counts, element: new Map() as Counts };
  const add = (counts: Counts, schema: unknown, count: number) => {
    if (isSchema(schema as Schema)) counts.set(schema as Schema, (counts.get(schema as Schema) ?? 0) + count);
  };
  const at = (name: string) => named.get(name) ?? named.set(name, new Map()).get(name)!;
  for (const [schema, count] of together) {
    if (typeof schema === "boolean") continue;
    for (const [name, child] of entriesOf(schema.properties)) add(at(`/${name}`), child, count);
    for (const [i, child] of entriesOf(schema.prefixItems)) add(at(`[${i}`), child, count);
    for (const [, child] of entriesOf(schema.patternProperties)) add(others.member, child, count);
    for (const keyword of ["additionalProperties", "unevaluatedProperties", "propertyNames"])
      add(others.member, schema[keyword], count);
    for (const keyword of ["items", "unevaluatedItems", "contains"])
      add(others.element, schema[keyword], count);
  }
  for (const [name, counts] of named) {
    const more = name.startsWith("/") ? others.member : others.element;
    for (const [schema, count] of more) add(counts, schema, count);
  }
  return [...named.values(), others.member, others.element].filter(({ size }) => size > 0);
}

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === "object" && value !== null ? Object.entries(value) : [];
}

function total(counts: Counts): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

function weigh(counts: Counts, often: ReadonlyMap<Schema, number>): number {
  let sum = 0;
  for (const [schema, count] of counts) sum += count * often.get(schema)!;
  return sum;
}
