import { canonicalJson, type Json } from "../../core/canonical-json.ts";
import { isSchema, type Schema } from "../compatibility/json-schema.ts";
import { mapReferences } from "./map-references.ts";

type Definitions = { readonly [name: string]: Schema };

/**
 * Schemas of a description as those of one OpenAPI document: a reference there is looked up in the whole document, so
 * definitions become components, and every other reference is told its new address.
 */
export class SchemaExport {
  readonly components = new Map<string, Schema>();
  /** What each component was made of. */
  readonly #contents = new Map<string, string>();

  /** @param place where it will stand in the document, as a JSON pointer */
  export(schema: Schema, place: string): Json {
    if (typeof schema === "boolean") return schema;
    const { $defs, ...rest } = schema;
    const definitions = isSchema($defs) && typeof $defs === "object" ? ($defs as unknown as Definitions) : {};
    const names = new Map<string, string>();
    const address = (reference: string): string => {
      const [, name, below = ""] = /^#\/\$defs\/([^/]+)(\/.*)?$/.exec(reference) ?? [];
      if (name === undefined || !Object.hasOwn(definitions, decoded(name)))
        return `#${encodeURI(place)}${reference.slice(1)}`;
      return `#/components/schemas/${componentOf(decoded(name))}${below}`;
    };
    const componentOf = (name: string): string => {
      const known = names.get(name);
      if (known !== undefined) return known;
      const content = contentOf(name, definitions, place);
      const component = this.#freeName(name, content);
      names.set(name, component);
      if (!this.components.has(component)) {
        this.#contents.set(component, content);
        this.components.set(component, true);
        this.components.set(component, mapReferences(definitions[name]!, address));
      }
      return component;
    };
    return mapReferences(rest, address) as Json;
  }

  /** The same content has the same component; another one of the same name, a number behind it. */
  #freeName(name: string, content: string): string {
    const base = name.replaceAll(/[^A-Za-z0-9_.-]/g, "_") || "schema";
    let free = base;
    for (let i = 2; (this.#contents.get(free) ?? content) !== content; i++) free = `${base}_${i}`;
    return free;
  }
}

/** A definition with all that it refers to; one that refers to its surroundings is like no other. */
function contentOf(name: string, definitions: Definitions, place: string): string {
  const reached = new Set([name]);
  let alone = "";
  for (const each of reached) {
    mapReferences(definitions[each]!, (reference) => {
      const next = decoded(/^#\/\$defs\/([^/]+)/.exec(reference)?.[1] ?? "");
      if (Object.hasOwn(definitions, next)) reached.add(next);
      else alone = place;
      return reference;
    });
  }
  const parts = [...reached].sort().map((each) => [each, definitions[each]!]);
  return `${alone} ${canonicalJson([name, ...parts] as Json)}`;
}

function decoded(token: string): string {
  try {
    return decodeURIComponent(token).replaceAll("~1", "/").replaceAll("~0", "~");
  } catch {
    return token;
  }
}
