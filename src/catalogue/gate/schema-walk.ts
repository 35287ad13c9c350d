import { pointerToken } from "../../core/json-pointer.ts";
import { isSchema, type Schema } from "../compatibility/json-schema.ts";

/** A schema within a document, and where it stands. */
export interface SchemaPlace {
  readonly schema: Schema;
  /** JSON pointer into the document. */
  readonly place: string;
  /** How the schema above came to it. */
  readonly via: Via;
}

/** `property` is a field of an instance; `branch` speaks of the same instance as the schema above. */
export type Via = "root" | "property" | "element" | "branch" | "definition" | "names";

type Shape = "one" | "list" | "map";

/** Every keyword that holds schemas (JSON Schema 2020-12 core §10, §11). */
// biome-ignore format: a table is read by its columns
const holders: Readonly<Record<string, readonly [shape: Shape, via: Via]>> = {
  properties:            ["map", "property"],
  patternProperties:     ["map", "property"],
  additionalProperties:  ["one", "property"],
  unevaluatedProperties: ["one", "property"],
  propertyNames:         ["one", "names"],
  dependentSchemas:      ["map", "branch"],
  items:                 ["one", "element"],
  unevaluatedItems:      ["one", "element"],
  prefixItems:           ["list", "element"],
  contains:              ["one", "branch"],
  allOf:                 ["list", "branch"],
  anyOf:                 ["list", "branch"],
  oneOf:                 ["list", "branch"],
  not:                   ["one", "branch"],
  if:                    ["one", "branch"],
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then:                  ["one", "branch"],
  else:                  ["one", "branch"],
  $defs:                 ["map", "definition"],
};

/** The schema itself and every schema in it, references not followed; iterative, so that no depth is too great. */
export function* walkSchema(root: Schema, place: string): Generator<SchemaPlace> {
  const waiting: SchemaPlace[] = [{ schema: root, place, via: "root" }];
  while (waiting.length > 0) {
    const next = waiting.pop()!;
    yield next;
    if (typeof next.schema !== "boolean") waiting.push(...childrenOf(next).reverse());
  }
}

function childrenOf({ schema, place }: SchemaPlace): SchemaPlace[] {
  return Object.entries(schema as object).flatMap(([keyword, value]) => {
    const holder = Object.hasOwn(holders, keyword) ? holders[keyword] : undefined;
    if (holder === undefined || typeof value !== "object" || (value === null && holder[0] !== "one")) {
      return holder?.[0] === "one" && typeof value === "boolean"
        ? [{ schema: value, place: `${place}/${keyword}`, via: holder[1] }]
        : [];
    }
    const [shape, via] = holder;
    if (shape === "one") return isSchema(value) ? [{ schema: value, place: `${place}/${keyword}`, via }] : [];
    return Object.entries(value as Readonly<Record<string, Schema>>)
      .filter(([, child]) => isSchema(child))
      .map(([name, child]) => ({ schema: child, place: `${place}/${keyword}/${pointerToken(name)}`, via }));
  });
}
