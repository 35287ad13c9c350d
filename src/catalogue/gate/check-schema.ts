import { Ajv2020 } from "ajv/dist/2020.js";
import type { Json } from "../../core/canonical-json.ts";
import { pointerToken } from "../../core/json-pointer.ts";
import { conjunctsOf, isSchema, resolveReference, type Schema } from "../compatibility/json-schema.ts";
import { PatternJudge } from "../pattern/judge-pattern.ts";
import { contradictions } from "./check-contradictions.ts";
import { circles, fanOut } from "./check-fan-out.ts";
import { patternFaults } from "./check-patterns.ts";
import type { GateCode, GateFinding } from "./gate-codes.ts";
import { type SchemaPlace, walkSchema } from "./schema-walk.ts";

type Keywords = Exclude<Schema, boolean>;

/** One schema object under inspection. */
interface Inspected extends Omit<SchemaPlace, "schema"> {
  readonly schema: Keywords;
  readonly root: Schema;
  readonly judge: PatternJudge;
}

/** Says what is wrong with one schema: where below it, and what in particular. */
type Inspection = (inspected: Inspected) => Iterable<readonly [below: string, detail: string]>;

const ajv = new Ajv2020({ strict: false, logger: false, validateFormats: false });

const dialect = "https://json-schema.org/draft/2020-12/schema";
const mostSchemas = 10_000;
const mostSteps = 64;
/** A longer list of codes changes more often than a service. */
const mostListed = 2000;
const mostText = 10_000;

/**
 * Everything for which a schema of a service is not published: validity, references, open or unbounded parts,
 * contradictions, names, patterns.
 * @param schema anybody's; parsed JSON of bounded size and depth
 * @param place where it stands in the description, as a JSON pointer
 * @param judge one for all patterns of the description
 */
export function checkSchema(schema: Schema, place: string, judge = new PatternJudge()): GateFinding[] {
  const places: SchemaPlace[] = [];
  for (const found of walkSchema(schema, place)) {
    places.push(found);
    if (places.length > mostSchemas || found.place.split("/").length > mostSteps + place.split("/").length) {
      return [{ code: "schema.too-large", place: found.place, detail: "" }];
    }
  }
  const own = identifiers(places);
  if (own.length > 0) return own;
  const dialects = otherDialects(places);
  if (dialects.length > 0) return dialects;
  if (ajv.validate(dialect, schema) !== true) return invalid(place);
  const found = [...places.flatMap((each) => inspect(each, schema, judge)), ...circular(places)];
  // Broken references and circles would be told twice.
  return found.some(({ code }) => code.endsWith("-reference")) ? found : [...found, ...entangled(places)];
}

function circular(places: readonly SchemaPlace[]): GateFinding[] {
  const found = new Set(circles(places));
  return [...found].map((place) => ({ code: "schema.circular-reference", place, detail: "" }));
}

function entangled(places: readonly SchemaPlace[]): GateFinding[] {
  return [...fanOut(places)].map(([place, detail]) => ({ code: "schema.fan-out", place, detail }));
}

function inspect({ schema, place, via }: SchemaPlace, root: Schema, judge: PatternJudge): GateFinding[] {
  if (typeof schema === "boolean") {
    const anything = schema && (via === "root" || via === "property" || via === "element");
    return anything && !/\/(?:additional|unevaluated)/.test(place.slice(place.lastIndexOf("/")))
      ? [{ code: "schema.untyped", place, detail: "" }]
      : [];
  }
  const inspected = { schema, place, via, root, judge };
  return (Object.entries(inspections) as [GateCode, Inspection][]).flatMap(([code, inspection]) =>
    [...inspection(inspected)].map(([below, detail]) => ({ code, place: `${place}${below}`, detail })),
  );
}

/** A part with a base address of its own would give every reference in it another meaning. */
function identifiers(places: readonly SchemaPlace[]): GateFinding[] {
  const names = ["$id", "$anchor", "$dynamicRef", "$dynamicAnchor", "$recursiveRef", "$vocabulary"];
  return places.flatMap(({ schema, place, via }) =>
    typeof schema === "boolean"
      ? []
      : names
          .filter((name) => schema[name] !== undefined && !(via === "root" && name === "$id"))
          .map(
            (name): GateFinding => ({ code: "schema.own-identifier", place: `${place}/${name}`, detail: "" }),
          ),
  );
}

/** Another meta-schema would give every keyword another meaning, and is never fetched. */
function otherDialects(places: readonly SchemaPlace[]): GateFinding[] {
  return places.flatMap(({ schema, place }) =>
    typeof schema === "boolean" || schema.$schema === undefined || schema.$schema === dialect
      ? []
      : [
          {
            code: "schema.invalid" as const,
            place: `${place}/$schema`,
            detail: `it is ${dialect} or left out`,
          },
        ],
  );
}

function invalid(place: string): GateFinding[] {
  return (ajv.errors ?? []).slice(0, 20).map(({ instancePath, message }) => ({
    code: "schema.invalid",
    place: `${place}${instancePath}`,
    detail: message ?? "",
  }));
}

// biome-ignore format: names, by what they speak of
const known = new Set([
  "$schema", "$id", "$ref", "$defs", "$comment", "title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly",
  "type", "enum", "const", "multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum",
  "maxLength", "minLength", "pattern", "format", "contentEncoding", "contentMediaType", "contentSchema",
  "items", "prefixItems", "unevaluatedItems", "maxItems", "minItems", "uniqueItems", "contains", "maxContains", "minContains",
  "properties", "patternProperties", "additionalProperties", "unevaluatedProperties", "propertyNames",
  "maxProperties", "minProperties", "required", "dependentRequired", "dependentSchemas",
  "allOf", "anyOf", "oneOf", "not", "if", "then", "else", "x-sealway-element", "x-sealway-use",
]);

/** Those of JSON Schema 2020-12 that validators here know, and those of OpenAPI 3.0 that speak of numbers. */
// biome-ignore format: names, by what they speak of
const formats = new Set([
  "date", "time", "date-time", "duration", "email", "hostname", "ipv4", "ipv6", "uri", "uri-reference", "uri-template", "uuid",
  "json-pointer", "relative-json-pointer", "regex", "byte", "int32", "int64", "float", "double",
]);

/** Formats whose texts have a natural length (RFC 3339, RFC 9562, RFC 4291). */
const shortFormats = new Set(["date", "time", "date-time", "uuid", "ipv4", "ipv6"]);

const inspections: Partial<Record<GateCode, Inspection>> = {
  *"schema.unknown-keyword"({ schema }) {
    for (const name of Object.keys(schema)) if (!known.has(name)) yield [`/${pointerToken(name)}`, ""];
  },
  *"schema.remote-reference"({ schema: { $ref } }) {
    if (typeof $ref === "string" && !$ref.startsWith("#")) yield ["/$ref", $ref.slice(0, 200)];
  },
  *"schema.broken-reference"({ schema: { $ref }, root }) {
    if (typeof $ref === "string" && $ref.startsWith("#") && resolveReference($ref, root) === undefined) {
      yield ["/$ref", $ref.slice(0, 200)];
    }
  },
  *"schema.open-object"({ schema, via }) {
    if (!describesObject(schema) || via === "branch" || via === "names") return;
    const { additionalProperties, unevaluatedProperties } = schema;
    if (additionalProperties === false || unevaluatedProperties === false) return;
    if (!isMap(additionalProperties)) yield ["", ""];
  },
  *"schema.open-map"({ schema }) {
    if (schema.patternProperties !== undefined) yield ["/patternProperties", ""];
    const { additionalProperties, propertyNames } = schema;
    const named =
      isSchema(propertyNames) && typeof propertyNames === "object" && Array.isArray(propertyNames.enum);
    if (isMap(additionalProperties) && !named) yield ["/additionalProperties", ""];
  },
  *"schema.unbounded-string"({ schema, via }) {
    if (!mayBe(schema, "string") || via === "names" || via === "branch") return;
    const { maxLength, enum: list, const: one, format } = schema;
    const short = typeof format === "string" && shortFormats.has(format);
    if (maxLength === undefined && list === undefined && one === undefined && !short) yield ["", ""];
  },
  *"schema.unbounded-array"({ schema, via }) {
    if (!mayBe(schema, "array") || via === "branch" || schema.items === false) return;
    if (schema.maxItems === undefined && schema.const === undefined && schema.enum === undefined)
      yield ["", ""];
  },
  *"schema.untyped"({ schema, via }) {
    const states = ["type", "enum", "const", "$ref", "allOf", "anyOf", "oneOf"];
    if (via === "branch" || via === "names" || via === "definition") return;
    if (!states.some((keyword) => schema[keyword] !== undefined)) yield ["", ""];
    if (mayBe(schema, "array") && schema.items === undefined && schema.prefixItems === undefined) {
      yield ["", "the elements of the array"];
    }
  },
  *"schema.undescribed"({ schema, root, via }) {
    if (via !== "property") return;
    const together = conjunctsOf({ schema, root });
    const described = together?.some((each) => typeof each === "object" && isText(each.description));
    if (described === false) yield ["", ""];
  },
  "schema.contradiction": ({ schema, root }) => contradictions(schema, root),
  *"schema.too-large"({ schema }) {
    for (const keyword of ["enum", "required", "examples"]) {
      const list = schema[keyword];
      if (Array.isArray(list) && list.length > mostListed)
        yield [`/${keyword}`, `more than ${mostListed} values`];
    }
    for (const keyword of ["title", "description", "$comment"]) {
      const words = schema[keyword];
      if (typeof words === "string" && words.length > mostText)
        yield [`/${keyword}`, `more than ${mostText} characters`];
    }
  },
  *"schema.unknown-format"({ schema: { format } }) {
    if (typeof format === "string" && !formats.has(format)) yield ["/format", format.slice(0, 100)];
  },
  "schema.slow-pattern": ({ schema, judge }) => patternFaults(judge, schema, "slow"),
  "schema.unjudged-pattern": ({ schema, judge }) => patternFaults(judge, schema, "unjudged"),
  "schema.invalid": ({ schema, judge }) => patternFaults(judge, schema, "invalid"),
  *"schema.property-name"({ schema: { properties } }) {
    for (const name of Object.keys((properties ?? {}) as object)) {
      if (!/^[A-Za-z0-9_.-]{1,100}$/.test(name) || name === "__proto__")
        yield [`/properties/${pointerToken(name)}`, ""];
    }
  },
};

function describesObject(schema: Keywords): boolean {
  return schema.properties !== undefined || (mayBe(schema, "object") && schema.$ref === undefined);
}

function mayBe({ type }: Keywords, name: string): boolean {
  return type !== undefined && [type].flat().includes(name);
}

function isMap(additional: Json | undefined): boolean {
  return additional === true || (isSchema(additional) && additional !== false);
}

function isText(value: Json | undefined): boolean {
  return typeof value === "string" && value.trim().length > 0;
}
