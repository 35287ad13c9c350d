import type { JsonObject, Reading } from "./reading.ts";

/**
 * A schema of OpenAPI 3.0 (draft 4 with words of its own) in words of JSON Schema 2020-12; `example` is one of 3.1, too.
 * One of 3.1 comes back as it is otherwise.
 */
export function fromOpenApi30(schema: JsonObject, place: string, reading: Reading): JsonObject {
  const { example, ...rest } = schema;
  const named =
    example === undefined || rest.examples !== undefined ? rest : { ...rest, examples: [example] };
  if (reading.version === "3.1") return named;
  return withNull(withBounds(named, place, reading), place, reading);
}

const bounds = [
  ["exclusiveMinimum", "minimum"],
  ["exclusiveMaximum", "maximum"],
] as const;

/** In draft 4 the exclusive bound is a switch beside the other one. */
function withBounds(schema: JsonObject, place: string, reading: Reading): JsonObject {
  let result = schema;
  for (const [exclusive, inclusive] of bounds) {
    const { [exclusive]: given, ...without } = result;
    if (given === undefined) continue;
    const { [inclusive]: bound, ...others } = without;
    if (typeof given !== "boolean")
      reading.note("schema.keyword", `${place}/${exclusive}`, "it is no boolean");
    result = given === true && bound !== undefined ? { ...others, [exclusive]: bound } : without;
  }
  return result;
}

/** OpenAPI 3.0.4 §4.7.24: it allows null where a type stands, and no enum says otherwise. */
function withNull(schema: JsonObject, place: string, reading: Reading): JsonObject {
  const { nullable, ...rest } = schema;
  if (nullable !== true) return rest;
  const { type, enum: values } = rest;
  if (typeof type !== "string" || (Array.isArray(values) && !values.includes(null))) {
    reading.note("schema.nullable", `${place}/nullable`);
    return rest;
  }
  return { ...rest, type: [type, "null"] };
}
