import type { Json } from "../../core/canonical-json.ts";
import { pointerToken } from "../../core/json-pointer.ts";
import type { DescriptionDocument, EndpointDocument, Media, Parameter } from "../description-document.ts";
import { SchemaExport } from "./export-schema.ts";

type Mutable = Record<string, Json>;

export interface Exported {
  readonly document: { readonly [name: string]: Json };
  /** Endpoints for which OpenAPI has no words, as `METHOD path`. */
  readonly left: readonly string[];
}

/**
 * An OpenAPI 3.1 document of a description: the same for the same description, byte for byte once serialised. What
 * OpenAPI has no words for stands in members that begin with x-sealway-, which the import reads again.
 */
export function exportOpenApi(document: DescriptionDocument): Exported {
  const schemas = new SchemaExport();
  const [described, left] = split(document.endpoints);
  const paths = new Map<string, Mutable>();
  for (const endpoint of described) {
    const item = paths.get(endpoint.path) ?? {};
    item[endpoint.method.toLowerCase()] = operation(document, endpoint, schemas);
    paths.set(endpoint.path, item);
  }
  return {
    document: {
      openapi: "3.1.1",
      info: info(document),
      servers: [{ url: `/r1/${document.id}`, description: "At the consumer's own security server" }],
      security: [{ client: [] }],
      paths: Object.fromEntries(paths),
      components: {
        ...(schemas.components.size > 0 && { schemas: Object.fromEntries(schemas.components) }),
        securitySchemes: {
          client: {
            type: "apiKey",
            in: "header",
            name: "X-Road-Client",
            description: "The subsystem that asks; an agreement must permit it.",
          },
        },
      },
      "x-sealway-service": document.id,
    },
    left: left.map(({ method, path }) => `${method} ${path}`),
  };
}

/** Any method and any path are not said in OpenAPI, and neither are two templates that differ by their names only. */
function split(
  endpoints: readonly EndpointDocument[],
): readonly [described: EndpointDocument[], left: EndpointDocument[]] {
  const templates = new Map<string, string>();
  const described: EndpointDocument[] = [];
  const left: EndpointDocument[] = [];
  for (const endpoint of endpoints) {
    const shape = endpoint.path.replaceAll(/\{[^}]*\}/g, "{}");
    const first = templates.get(shape) ?? endpoint.path;
    const sayable = endpoint.method !== "*" && !endpoint.path.endsWith("/**") && first === endpoint.path;
    if (sayable) templates.set(shape, first);
    (sayable ? described : left).push(endpoint);
  }
  return [described, left];
}

function info({ title, description, version, contacts }: DescriptionDocument): Mutable {
  const { name, email } = contacts?.steward ?? {};
  return {
    title: title.en,
    ...(description !== undefined && { description: description.en }),
    version,
    ...(name !== undefined && { contact: { name, ...(email !== undefined && { email }) } }),
  };
}

function operation(
  { contentKind }: DescriptionDocument,
  endpoint: EndpointDocument,
  schemas: SchemaExport,
): Mutable {
  const { method, path, summary, parameters = {}, subjects = [], answerSubjects = [] } = endpoint;
  const { request, responses = {}, responseHeaders = [] } = endpoint;
  const place = `/paths/${pointerToken(path)}/${method.toLowerCase()}`;
  const all = [...pathNames(path, parameters), ...Object.entries(parameters)].map(([name, parameter], i) =>
    exportParameter(name, parameter, `${place}/parameters/${i}`, schemas),
  );
  const headers = subjects
    .filter((subject) => subject.in === "header")
    .map(({ name }) => headerParameter(name));
  const statuses = Object.entries(responses).map(([status, media]): [string, Json] => {
    const at = `${place}/responses/${status}`;
    return [status, answer(`Answer with status ${status}`, responseHeaders, content(media, at, schemas))];
  });
  const anything = contentKind === "opaque" ? { "application/octet-stream": {} } : undefined;
  return {
    ...(summary !== undefined && { summary: summary.en }),
    ...(all.length + headers.length > 0 && { parameters: [...all, ...headers] }),
    ...(request !== undefined && {
      requestBody: { required: true, content: content(request, `${place}/requestBody`, schemas) },
    }),
    responses:
      statuses.length > 0
        ? Object.fromEntries(statuses)
        : { default: answer("Any answer", responseHeaders, anything) },
    ...(subjects.length > 0 && { "x-sealway-subjects": subjects as unknown as Json }),
    ...(answerSubjects.length > 0 && { "x-sealway-answer-subjects": answerSubjects as unknown as Json }),
  };
}

/** Every parameter of a template must be described (OpenAPI 3.1.1 §4.8.8.2). */
function pathNames(
  path: string,
  parameters: NonNullable<EndpointDocument["parameters"]>,
): [string, Parameter][] {
  const plain = { schema: { type: "string" }, use: "key" } as const;
  return [...path.matchAll(/\{([^}]+)\}/g)]
    .map(([, name]) => `path:${name}`)
    .filter((name) => !Object.hasOwn(parameters, name))
    .map((name) => [name, plain]);
}

function exportParameter(name: string, parameter: Parameter, place: string, schemas: SchemaExport): Json {
  const { description, required, schema, element, use } = parameter;
  const where = name.slice(0, name.indexOf(":"));
  return {
    name: name.slice(where.length + 1),
    in: where,
    ...(description !== undefined && { description: description.en }),
    ...((required === true || where === "path") && { required: true }),
    schema: schemas.export(schema, `${place}/schema`),
    ...(element !== undefined && { "x-sealway-element": element }),
    "x-sealway-use": use,
  };
}

function headerParameter(name: string): Json {
  return { name, in: "header", required: true, schema: { type: "string" } };
}

function answer(description: string, headers: readonly string[], body: Json | undefined): Json {
  return {
    description,
    ...(headers.length > 0 && {
      headers: Object.fromEntries(headers.map((name) => [name, { schema: { type: "string" } }])),
    }),
    ...(body !== undefined && { content: body }),
  };
}

function content({ schema, examples = [] }: Media, place: string, schemas: SchemaExport): Json {
  const kind = "application/json";
  const named = examples.map((value, i): [string, Json] => [`example-${i + 1}`, { value }]);
  return {
    [kind]: {
      schema: schemas.export(schema, `${place}/content/${pointerToken(kind)}/schema`),
      ...(named.length > 0 && { examples: Object.fromEntries(named) }),
    },
  };
}
