import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { pointerToken } from "../core/json-pointer.ts";
import type { Schema } from "./compatibility/json-schema.ts";
import { containsFirst } from "./contains-first.ts";
import { patternFaults } from "./gate/check-patterns.ts";
import { walkSchema } from "./gate/schema-walk.ts";
import { PatternJudge } from "./pattern/judge-pattern.ts";

/** How a document breaks its schema. Neither part has anything in it that whoever wrote the document chose. */
export interface Breach {
  /**
   * JSON pointer: names of the schema's own properties and indices of arrays; `*` for a name that no property of the
   * schema has.
   */
  readonly place: string;
  /** The keyword that is broken; or what is special: `schema` for a schema that cannot be used. */
  readonly keyword: string;
}

/** Says how a document breaks a schema, or nothing. */
export type Validator = (document: unknown) => Breach | undefined;

/** What one compiled schema may cost whoever compiles it: subschemas. */
const mostSchemas = 10_000;
/** Subschemas in all compiled ones together; each holds about 12 KiB, code included. */
const mostCompiled = 8_000;

const unusable: Breach = { place: "", keyword: "schema" };

interface Compiled {
  readonly validator: Validator;
  /** Its subschemas. */
  readonly weight: number;
}

/** Schemas as functions, compiled at first use (a few milliseconds); those that were used last are kept. */
export class CompiledSchemas {
  readonly #most: number;
  readonly #compiled = new Map<Schema, Compiled>();
  /** Subschemas of all that are kept. */
  #weight = 0;
  readonly #ajv = addFormats.default(
    containsFirst(
      new Ajv2020({
        ...{ strict: false, logger: false, messages: false, validateSchema: false, addUsedSchema: false },
        // A member's name may be one that every object inherits.
        ownProperties: true,
      }),
    ),
  );

  /** @param most subschemas that are kept */
  constructor(most: number) {
    this.#most = most;
  }

  /** How many are kept now. */
  get size(): number {
    return this.#compiled.size;
  }

  /** @param schema one and the same object each time; a hostile one costs no more than a large one */
  of(schema: Schema): Validator {
    const known = this.#compiled.get(schema);
    const compiled = known ?? this.#compile(schema);
    // The last is the one that was used last.
    if (known === undefined) this.#makeRoom(compiled.weight);
    else this.#compiled.delete(schema);
    this.#compiled.set(schema, compiled);
    return compiled.validator;
  }

  #makeRoom(weight: number): void {
    this.#weight += weight;
    for (const [oldest, compiled] of this.#compiled) {
      if (this.#weight <= this.#most) return;
      this.#compiled.delete(oldest);
      this.#weight -= compiled.weight;
    }
  }

  #compile(schema: Schema): Compiled {
    const parts = partsOf(schema);
    if (parts === undefined) return { validator: () => unusable, weight: 1 };
    const { names, weight } = parts;
    try {
      const validate = this.#ajv.compile(schema);
      // `$async` makes a function whose answer comes later: taken for a yes, and nobody would catch its no.
      if ("$async" in validate) return { validator: () => unusable, weight: 1 };
      return { validator: validator(validate, names), weight };
    } catch {
      return { validator: () => unusable, weight: 1 };
    } finally {
      // Another description may use the same identifiers.
      this.#ajv.removeSchema();
    }
  }
}

const shared = new CompiledSchemas(mostCompiled);

/** How a document breaks a schema of a description. @param schema one and the same object each time */
export function breachOf(schema: Schema, document: unknown): Breach | undefined {
  return shared.of(schema)(document);
}

/**
 * The names of all properties that the schema describes, and its size; undefined for a schema that is too large, or that a
 * text could keep busy: the publishing gate takes neither, and this gateway takes nobody's word for it.
 */
function partsOf(
  schema: Schema,
): { readonly names: ReadonlySet<string>; readonly weight: number } | undefined {
  const names = new Set<string>();
  const patterns = new PatternJudge();
  let count = 0;
  for (const { schema: part } of walkSchema(schema, "")) {
    if (++count > mostSchemas) return undefined;
    if (typeof part === "boolean") continue;
    for (const kind of ["slow", "unjudged"] as const) {
      for (const _ of patternFaults(patterns, part, kind)) return undefined;
    }
    if (typeof part.properties !== "object") continue;
    for (const name of Object.keys(part.properties ?? {})) names.add(name);
  }
  return { names, weight: count };
}

function validator(validate: ValidateFunction, names: ReadonlySet<string>): Validator {
  return (document) => {
    if (validate(document)) return undefined;
    const error = validate.errors?.at(-1);
    return error === undefined
      ? unusable
      : { place: placeOf(error, document, names), keyword: error.keyword };
  };
}

/** Members of a map are named by whoever wrote it, and may be named after persons: even if the name is a number. */
function placeOf(
  { instancePath, keyword, params }: ErrorObject,
  document: unknown,
  names: ReadonlySet<string>,
): string {
  let place = "";
  let at = document;
  for (const token of instancePath.split("/").slice(1)) {
    const name = token.replaceAll("~1", "/").replaceAll("~0", "~");
    place += `/${Array.isArray(at) || names.has(name) ? token : "*"}`;
    at = (at as Readonly<Record<string, unknown>> | undefined)?.[name];
  }
  const missing = keyword === "required" ? params.missingProperty : undefined;
  return typeof missing === "string" && names.has(missing) ? `${place}/${pointerToken(missing)}` : place;
}
