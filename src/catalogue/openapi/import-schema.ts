import type { Json } from "../../core/canonical-json.ts";
import { pointerToken } from "../../core/json-pointer.ts";
import type { Schema } from "../compatibility/json-schema.ts";
import { fromOpenApi30 } from "./openapi-30-keywords.ts";
import { isObject, type JsonObject, membersOf, type Reading } from "./reading.ts";

/** Which way documents of a schema go: fields that are only read are not sent, and the other way round. */
export type Direction = "request" | "response";

type Handling = "copied" | "schema" | "schemas" | "named schemas" | "refused" | "gone";

const handlings = new Map<string, Handling>([
  ...["title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly", "$comment"].map(
    as("copied"),
  ),
  ...["type", "enum", "const", "format", "pattern", "multipleOf", "maximum", "minimum"].map(as("copied")),
  ...["exclusiveMaximum", "exclusiveMinimum", "maxLength", "minLength", "maxItems", "minItems"].map(
    as("copied"),
  ),
  ...["uniqueItems", "maxContains", "minContains", "maxProperties", "minProperties", "required"].map(
    as("copied"),
  ),
  ...["dependentRequired", "contentEncoding", "contentMediaType"].map(as("copied")),
  ...["x-sealway-element", "x-sealway-use"].map(as("copied")),
  ...["items", "contains", "additionalProperties", "unevaluatedItems", "unevaluatedProperties"].map(
    as("schema"),
  ),
  ...["propertyNames", "not", "if", "then", "else", "contentSchema"].map(as("schema")),
  ...["allOf", "anyOf", "oneOf", "prefixItems"].map(as("schemas")),
  ...["properties", "patternProperties", "dependentSchemas"].map(as("named schemas")),
  // They would give the references around them another meaning.
  ...["$id", "$anchor", "$dynamicRef", "$dynamicAnchor"].map(as("refused")),
  // What is referred to comes by its reference.
  ...["$ref", "$defs"].map(as("gone")),
]);

function as(handling: Handling): (keyword: string) => [string, Handling] {
  return (keyword) => [keyword, handling];
}

/**
 * A schema of an OpenAPI document as one of JSON Schema 2020-12 that stands alone: what it refers to is in its `$defs`.
 * @param value anybody's
 * @param place where it stands, as a JSON pointer
 */
export function importSchema(reading: Reading, value: Json, place: string, direction: Direction): Schema {
  return new SchemaImport(reading, direction).run(value, place);
}

class SchemaImport {
  readonly #reading: Reading;
  readonly #direction: Direction;
  readonly #names = new Map<string, string>();
  readonly #taken = new Set<string>();
  /** Up to which number names of a kind are taken. */
  readonly #alike = new Map<string, number>();
  readonly #waiting: { readonly name: string; readonly value: Json; readonly place: string }[] = [];

  constructor(reading: Reading, direction: Direction) {
    this.#reading = reading;
    this.#direction = direction;
  }

  run(value: Json, place: string): Schema {
    const schema = this.#convert(value, place);
    const definitions: [string, Json][] = [];
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      definitions.push([next.name, this.#convert(next.value, next.place)]);
    }
    if (definitions.length === 0 || typeof schema === "boolean") return schema;
    return { ...schema, $defs: Object.fromEntries(definitions) };
  }

  #convert(value: Json, place: string): Schema {
    if (!this.#reading.write(place, 1)) return true;
    if (typeof value === "boolean") return value;
    if (!isObject(value)) {
      this.#reading.fault(place, "a schema is expected", "Correct the document.");
      return true;
    }
    const reference = value.$ref === undefined ? {} : this.#reference(value, place);
    if (this.#reading.version === "3.0" && value.$ref !== undefined) {
      for (const name of Object.keys(value)) {
        if (name !== "$ref") this.#reading.note("schema.beside-ref", `${place}/${pointerToken(name)}`);
      }
      return reference;
    }
    const source = this.#withoutOtherDirection(fromOpenApi30(value, place, this.#reading));
    const entries = Object.entries(source).flatMap(([keyword, each]) => this.#keyword(keyword, each, place));
    return { ...reference, ...Object.fromEntries(entries) };
  }

  #keyword(keyword: string, value: Json, place: string): readonly (readonly [string, Json])[] {
    const at = `${place}/${pointerToken(keyword)}`;
    switch (handlings.get(keyword)) {
      case "copied":
        return this.#reading.writeValue(at, value) ? [[keyword, value]] : [];
      case "schema":
        return [[keyword, this.#convert(value, at)]];
      case "schemas":
        if (!Array.isArray(value)) break;
        return [[keyword, value.map((each, i) => this.#convert(each, `${at}/${i}`))]];
      case "named schemas":
        if (!isObject(value)) break;
        return [[keyword, this.#each(value, at)]];
      case "refused":
        this.#reading.fault(at, `${keyword} is not read`, "Refer by #/components/schemas/.");
        return [];
      case "gone":
        return [];
    }
    this.#reading.note("schema.keyword", at);
    return [];
  }

  #each(schemas: JsonObject, place: string): Json {
    return Object.fromEntries(
      membersOf(schemas).map(([name, each]) => [name, this.#convert(each, `${place}/${pointerToken(name)}`)]),
    );
  }

  #reference({ $ref }: JsonObject, place: string): { readonly $ref?: string } {
    const target = this.#reading.target($ref!, place);
    if (target === undefined || !this.#leadsSomewhere(target.value, place)) return {};
    const known = this.#names.get(target.place);
    if (known !== undefined) return { $ref: `#/$defs/${known}` };
    const name = this.#nameFor(target.place);
    this.#names.set(target.place, name);
    this.#waiting.push({ name, ...target });
    return { $ref: `#/$defs/${name}` };
  }

  /** Whether references end that follow one another without a property or an element between. */
  #leadsSomewhere(value: Json, place: string): boolean {
    const seen = new Set<Json>();
    for (let at: Json | undefined = value; isObject(at) && at.$ref !== undefined; ) {
      if (seen.has(at)) {
        this.#reading.fault(
          place,
          "the reference comes back to itself",
          "Let recursion pass through a property.",
        );
        return false;
      }
      seen.add(at);
      at = this.#reading.target(at.$ref, place)?.value;
    }
    return true;
  }

  #nameFor(pointer: string): string {
    const last = pointer.split("/").at(-1)!;
    const base = last.replaceAll(/[^A-Za-z0-9_.-]/g, "_").slice(0, 80) || "schema";
    let name = base;
    for (let i = this.#alike.get(base) ?? 2; this.#taken.has(name); i++) {
      name = `${base}_${i}`;
      this.#alike.set(base, i);
    }
    this.#taken.add(name);
    return name;
  }

  /** OpenAPI 3.0.4 §4.7.24.2: what is only read is not sent, and required in answers only; and the other way round. */
  #withoutOtherDirection(schema: JsonObject): JsonObject {
    const { properties, required } = schema;
    const mark = this.#direction === "request" ? "readOnly" : "writeOnly";
    const others = membersOf(properties).flatMap(([name, each]) => (this.#has(each, mark) ? [name] : []));
    if (others.length === 0) return schema;
    const dropped = new Set(others);
    const kept = membersOf(properties).filter(([name]) => !dropped.has(name));
    const still = Array.isArray(required)
      ? required.filter((name) => !dropped.has(name as string))
      : undefined;
    const { required: _, ...rest } = schema;
    return {
      ...rest,
      properties: Object.fromEntries(kept),
      ...(still !== undefined && still.length > 0 && { required: still }),
    };
  }

  #has(value: Json, mark: string): boolean {
    const seen = new Set<Json>();
    for (let at: Json | undefined = value; isObject(at) && !seen.has(at); ) {
      if (at[mark] === true) return true;
      seen.add(at);
      at = at.$ref === undefined ? undefined : this.#reading.target(at.$ref, "")?.value;
    }
    return false;
  }
}
