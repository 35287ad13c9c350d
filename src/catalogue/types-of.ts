import type { Json } from "../core/canonical-json.ts";
import { isSchema, resolveReference, type Schema } from "./compatibility/json-schema.ts";
import type { DescriptionDocument, EndpointDocument, Media } from "./description-document.ts";

/**
 * TypeScript of a service's documents: one declaration a schema, and `Endpoints`, by method and path. What types cannot
 * say (lengths, patterns, `not`) is left open; so is what a type may not refer to.
 */
export function typesOf(document: DescriptionDocument): string {
  const names = new Names();
  const declarations: string[] = [];
  const endpoints = document.endpoints.map((endpoint) => {
    const declare = (what: string, media: Media): string => {
      const name = names.free(`${endpointName(endpoint)}${what}`);
      declarations.push(...new SchemaTypes(name, media.schema, names).declarations());
      return name;
    };
    return endpointType(endpoint, declare);
  });
  const head = `// ${oneLine(`${document.id} ${document.version}: ${document.title.en}`)}`;
  return `${[head, ...declarations, `export interface Endpoints {\n${endpoints.join("\n")}\n}`].join("\n\n")}\n`;
}

function endpointType(endpoint: EndpointDocument, declare: (what: string, media: Media) => string): string {
  const { method, path, summary, request, responses = {} } = endpoint;
  const statuses = Object.entries(responses).map(
    ([status, media]) => `${status}: ${declare(`Response${status}`, media)}`,
  );
  return [
    comment(summary?.en, "  "),
    `  readonly ${JSON.stringify(`${method} ${path}`)}: {`,
    `    readonly path: ${parametersType(endpoint, "path")};`,
    `    readonly query: ${parametersType(endpoint, "query")};`,
    `    readonly request: ${request === undefined ? "undefined" : declare("Request", request)};`,
    `    readonly responses: { ${statuses.map((each) => `readonly ${each}; `).join("")}};`,
    "  };",
  ]
    .filter((line) => line !== "")
    .join("\n");
}

function parametersType({ parameters = {} }: EndpointDocument, where: string): string {
  const members = Object.entries(parameters)
    .filter(([name]) => name.startsWith(`${where}:`))
    .map(([name, { schema, required }]) => {
      const mark = where === "path" || required === true ? "" : "?";
      const type = new SchemaTypes("", schema, new Names()).inline();
      return `readonly ${JSON.stringify(name.slice(where.length + 1))}${mark}: ${type}; `;
    });
  return `{ ${members.join("")}}`;
}

/** `GET /persons/{code}` is `GetPersonsCode`. */
function endpointName({ method, path }: EndpointDocument): string {
  return pascal(`${method === "*" ? "any" : method.toLowerCase()} ${path}`);
}

function pascal(text: string): string {
  const words = text.match(/[A-Za-z0-9]+/g) ?? [];
  const name = words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join("");
  return /^[A-Z]/.test(name) ? name : `T${name}`;
}

/** Names of declarations, each once. */
class Names {
  readonly #taken = new Set(["Endpoints"]);

  free(wanted: string): string {
    let name = wanted;
    for (let i = 2; this.#taken.has(name); i++) name = `${wanted}_${i}`;
    this.#taken.add(name);
    return name;
  }
}

type Keywords = Exclude<Schema, boolean>;

/** The declarations of one schema and of what it refers to. */
class SchemaTypes {
  readonly #root: Schema;
  readonly #names: Names;
  readonly #prefix: string;
  readonly #byReference = new Map<string, string>();
  readonly #waiting: (readonly [reference: string, name: string])[] = [];

  constructor(name: string, root: Schema, names: Names) {
    this.#root = root;
    this.#names = names;
    this.#prefix = name;
    if (name !== "") this.#byReference.set("#", name);
  }

  declarations(): readonly string[] {
    const found = [this.#declaration(this.#prefix, "#")];
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      found.push(this.#declaration(next[1], next[0]));
    }
    return found;
  }

  /** A type without declarations: what it refers to is written in its place, or left open. */
  inline(): string {
    return this.#type(this.#root, "");
  }

  #declaration(name: string, reference: string): string {
    const schema = resolveReference(reference, this.#root) ?? true;
    const described = typeof schema === "object" ? textOf(schema.description) : undefined;
    // A type that is itself, or a choice of itself, is none.
    const type = this.#comesBack(reference) ? "unknown" : this.#type(schema, "");
    return `${[comment(described, ""), `export type ${name} = ${type};`].filter((line) => line !== "").join("\n")}`;
  }

  #type(schema: Schema, indent: string): string {
    if (typeof schema === "boolean") return schema ? "unknown" : "never";
    const parts = [
      ...(typeof schema.$ref === "string" ? [this.#named(schema.$ref)] : []),
      ...this.#own(schema, indent),
      ...schemasIn(schema.allOf).map((each) => this.#type(each, indent)),
      ...["anyOf", "oneOf"].flatMap((keyword) => {
        const choices = schemasIn(schema[keyword]).map((each) => this.#type(each, indent));
        return choices.length === 0 ? [] : [union(choices)];
      }),
    ].filter((type) => type !== "unknown");
    return parts.length === 0
      ? "unknown"
      : parts.map((part) => (parts.length > 1 ? `(${part})` : part)).join(" & ");
  }

  #own(schema: Keywords, indent: string): readonly string[] {
    if (schema.const !== undefined) return [literal(schema.const)];
    if (Array.isArray(schema.enum)) return [union((schema.enum as Json[]).map(literal))];
    const implied = schema.properties === undefined ? [] : ["object"];
    const types = schema.type === undefined ? implied : [schema.type].flat().map(String);
    if (types.length === 0) return [];
    return [union(types.map((type) => this.#ofType(type, schema, indent)))];
  }

  #ofType(type: string, schema: Keywords, indent: string): string {
    if (type === "object") return this.#object(schema, indent);
    if (type === "array") return this.#array(schema, indent);
    return simple.get(type) ?? "unknown";
  }

  #object(schema: Keywords, indent: string): string {
    const { properties, required, additionalProperties } = schema;
    const below = `${indent}  `;
    const needed = new Set(Array.isArray(required) ? (required as Json[]) : []);
    const members = Object.entries(isSchema(properties) ? (properties as Keywords) : {}).map(
      ([name, each]) => {
        const described = comment(textOf((each as Keywords | null)?.description), below);
        const mark = needed.has(name) ? "" : "?";
        const type = isSchema(each) ? this.#type(each, below) : "unknown";
        return `${described === "" ? "" : `${described}\n`}${below}readonly ${JSON.stringify(name)}${mark}: ${type};\n`;
      },
    );
    const own = members.length === 0 ? "{}" : `{\n${members.join("")}${indent}}`;
    if (additionalProperties === false) return members.length === 0 ? "Readonly<Record<string, never>>" : own;
    const others =
      members.length === 0 && isSchema(additionalProperties)
        ? this.#type(additionalProperties, below)
        : "unknown";
    const open = `{ readonly [name: string]: ${others} }`;
    return members.length === 0 ? open : `${own} & ${open}`;
  }

  #array({ prefixItems, items }: Keywords, indent: string): string {
    const first = schemasIn(prefixItems).map((each) => this.#type(each, indent));
    const rest = isSchema(items) ? this.#type(items, indent) : "unknown";
    if (first.length === 0) return `readonly (${rest})[]`;
    return `readonly [${first.map((type) => `(${type})?`).join(", ")}${items === false ? "" : `, ...(${rest})[]`}]`;
  }

  #named(reference: string): string {
    const known = this.#byReference.get(reference);
    if (known !== undefined) return known;
    if (this.#prefix === "" || resolveReference(reference, this.#root) === undefined) return "unknown";
    const name = this.#names.free(`${this.#prefix}${pascal(decodeURI(reference.split("/").at(-1)!))}`);
    this.#byReference.set(reference, name);
    this.#waiting.push([reference, name]);
    return name;
  }

  /** Whether references lead back without passing through an object or an array. */
  #comesBack(reference: string): boolean {
    const seen = new Set<string>();
    const waiting = [...referencesAtOnce(resolveReference(reference, this.#root) ?? true)];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (next === reference) return true;
      if (seen.has(next)) continue;
      seen.add(next);
      waiting.push(...referencesAtOnce(resolveReference(next, this.#root) ?? true));
    }
    return false;
  }
}

const simple: ReadonlyMap<string, string> = new Map([
  ["null", "null"],
  ["boolean", "boolean"],
  ["number", "number"],
  ["integer", "number"],
  ["string", "string"],
]);

function referencesAtOnce(schema: Schema): readonly string[] {
  if (typeof schema === "boolean") return [];
  const choices = ["allOf", "anyOf", "oneOf"].flatMap((keyword) => schemasIn(schema[keyword]));
  return [...(typeof schema.$ref === "string" ? [schema.$ref] : []), ...choices.flatMap(referencesAtOnce)];
}

function schemasIn(value: Json | undefined): readonly Schema[] {
  return Array.isArray(value) ? (value as Json[]).filter((each) => isSchema(each)) : [];
}

function union(types: readonly string[]): string {
  return types.length === 1
    ? types[0]!
    : [...new Set(types)].map((type) => (/[&]|^readonly/.test(type) ? `(${type})` : type)).join(" | ") ||
        "never";
}

function literal(value: Json): string {
  if (Array.isArray(value)) return `readonly [${value.map(literal).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{ ${Object.entries(value)
    .map(([name, each]) => `readonly ${JSON.stringify(name)}: ${literal(each)}; `)
    .join("")}}`;
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** Nothing that anybody wrote ends a comment early. */
function comment(text: string | undefined, indent: string): string {
  if (text === undefined || text.trim() === "") return "";
  return `${indent}/** ${oneLine(text).replaceAll("*/", "*\\/")} */`;
}

function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029\s]+/gu, " ").trim();
}
