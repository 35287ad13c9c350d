import type { Json } from "../../core/canonical-json.ts";
import { isSchema, type Schema } from "../compatibility/json-schema.ts";
import { walkSchema } from "../gate/schema-walk.ts";

/** A copy of the schema in which every `$ref` is what `address` makes of it; examples and the like stay as they are. */
export function mapReferences(schema: Schema, address: (reference: string) => string): Schema {
  const copy = structuredClone(schema);
  for (const { schema: each } of walkSchema(copy, "")) {
    if (!isSchema(each) || typeof each === "boolean" || typeof each.$ref !== "string") continue;
    (each as { $ref: Json }).$ref = address(each.$ref);
  }
  return copy;
}
