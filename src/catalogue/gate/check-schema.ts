import { Ajv2020 } from "ajv/dist/2020.js";
import { canonicalJson, type Json } from "../../core/canonical-json.ts";
import { pointerToken } from "../../core/json-pointer.ts";
import {
  conjunctsOf,
  isSchema,
  resolveReference,
  type Schema,
  typesOf,
} from "../compatibility/json-schema.ts";
import { PatternJudge } from "../pattern/judge-pattern.ts";
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

const mostSchemas = 10_000;
const mostSteps = 64;

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
  if (ajv.validateSchema(schema) !== true) return invalid(place);
  return places.flatMap((found) => inspect(found, schema, judge));
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
  *"schema.circular-reference"({ schema, root }) {
    if (typeof schema.$ref !== "string") return;
    const target = resolveReference(schema.$ref, root);
    if (target !== undefined && conjunctsOf({ schema: target, root })?.includes(schema)) yield ["/$ref", ""];
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
  "schema.contradiction": ({ schema }) => contradictions(schema),
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

const bounds = [
  ["minLength", "maxLength"],
  ["minItems", "maxItems"],
  ["minProperties", "maxProperties"],
  ["minimum", "maximum"],
  ["minContains", "maxContains"],
] as const;

function* contradictions(schema: Keywords): Generator<readonly [string, string]> {
  for (const [least, most] of bounds) {
    if ((schema[least] as number) > (schema[most] as number))
      yield [`/${least}`, `it is greater than ${most}`];
  }
  const { additionalProperties, enum: list, properties = {}, required = [], type } = schema;
  if (additionalProperties === false && schema.patternProperties === undefined) {
    for (const name of required as string[]) {
      if (!Object.hasOwn(properties as object, name))
        yield ["/required", `"${name}" is required and not allowed`];
    }
  }
  for (const [i, value] of ((list ?? []) as Json[]).entries()) {
    if (type !== undefined && !typesOf(value).some((name) => [type].flat().includes(name))) {
      yield [`/enum/${i}`, `${canonicalJson(value).slice(0, 100)} is not of the type`];
    }
  }
}

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
