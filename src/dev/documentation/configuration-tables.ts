import { code, table } from "./table.ts";

/** The parts of a JSON Schema (2020-12) that a configuration file's schema uses. */
export interface ConfigurationSchema {
  readonly title?: string;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, ConfigurationSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | ConfigurationSchema;
  readonly items?: ConfigurationSchema;
  readonly oneOf?: readonly ConfigurationSchema[];
  readonly anyOf?: readonly ConfigurationSchema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, ConfigurationSchema>>;
}

/** One key of a configuration file. */
export interface ConfigurationKey {
  /** `listeners[].port`; `*` stands for a name that the operator chooses. */
  readonly key: string;
  readonly type: string;
  readonly default: string;
  readonly description: string;
}

/** The README's reference of one kind of configuration file. @param path of its schema in the repository */
export function configurationTable(path: string, schema: ConfigurationSchema): string {
  const rows = configurationKeys(schema).map((row) => [
    code(row.key),
    row.type,
    row.default,
    row.description,
  ]);
  const heading = `### ${schema.title ?? code(path)}`;
  const introduction = schema.description === undefined ? [] : [schema.description];
  const source = `Schema: ${code(path)}.`;
  return [heading, ...introduction, source, table(["Key", "Type", "Default", "Meaning"], rows)].join("\n\n");
}

/** Every key that a schema provides for, a parent before its children. */
export function configurationKeys(root: ConfigurationSchema): ConfigurationKey[] {
  return keysBelow(root, "", root, new Set());
}

/** @param through definitions that led here: one that contains itself is described once */
function keysBelow(
  schema: ConfigurationSchema,
  prefix: string,
  root: ConfigurationSchema,
  through: ReadonlySet<string>,
): ConfigurationKey[] {
  const name = schema.$ref;
  if (name !== undefined && through.has(name)) return [];
  const here = name === undefined ? through : new Set([...through, name]);
  const { properties = {}, required = [], additionalProperties, items, ...rest } = resolve(schema, root);
  const rows = Object.entries(properties).flatMap(([name, child]) => {
    const key = prefix === "" ? name : `${prefix}.${name}`;
    return [rowOf(key, child, root, required.includes(name)), ...keysBelow(child, key, root, here)];
  });
  const parts: [ConfigurationSchema, string][] = [...(rest.oneOf ?? []), ...(rest.anyOf ?? [])].map((one) => [
    one,
    prefix,
  ]);
  if (items !== undefined) parts.push([items, `${prefix}[]`]);
  if (typeof additionalProperties === "object") parts.push([additionalProperties, `${prefix}.*`]);
  return [...rows, ...parts.flatMap(([part, place]) => keysBelow(part, place, root, here))];
}

function rowOf(
  key: string,
  schema: ConfigurationSchema,
  root: ConfigurationSchema,
  isRequired: boolean,
): ConfigurationKey {
  const resolved = resolve(schema, root);
  const ordinary = resolved.default === undefined ? "–" : code(JSON.stringify(resolved.default));
  return {
    key,
    type: typeOf(resolved, root),
    default: isRequired ? "required" : ordinary,
    description: resolved.description ?? "",
  };
}

function typeOf(schema: ConfigurationSchema, root: ConfigurationSchema): string {
  if (schema.const !== undefined) return code(JSON.stringify(schema.const));
  if (schema.enum !== undefined) return schema.enum.map((value) => code(JSON.stringify(value))).join(", ");
  const branches = [...(schema.oneOf ?? []), ...(schema.anyOf ?? [])];
  if (schema.type === undefined && branches.length > 0) {
    return [...new Set(branches.map((branch) => typeOf(resolve(branch, root), root)))].join(" or ");
  }
  const type = [schema.type ?? "any"].flat().join(" or ");
  const item = schema.items === undefined ? "" : ` of ${typeOf(resolve(schema.items, root), root)}`;
  return `${type}${item}${boundsOf(schema)}`;
}

function boundsOf({ minimum, maximum }: ConfigurationSchema): string {
  if (minimum === undefined && maximum === undefined) return "";
  return `, ${minimum ?? "…"} to ${maximum ?? "…"}`;
}

/** A schema with what its `$ref` names; what stands beside the `$ref` wins. */
function resolve(schema: ConfigurationSchema, root: ConfigurationSchema): ConfigurationSchema {
  if (schema.$ref === undefined) return schema;
  const name = /^#\/\$defs\/([^/]+)$/.exec(schema.$ref)?.[1];
  const definition = name === undefined ? undefined : root.$defs?.[name];
  if (definition === undefined) throw new Error(`the schema has no definition ${schema.$ref}`);
  const { $ref: _, ...beside } = schema;
  return resolve({ ...definition, ...beside }, root);
}
