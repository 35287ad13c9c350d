/*
 * The structural rules of OpenAPI 3.1.1 §4.8 as far as an export could break them: which members objects must and may
 * have. Schemas are looked at by the compatibility tests; here they are anything that a schema may be.
 */
const text = { type: "string" };
const schema = { type: ["object", "boolean"] };
const closed = (required: string[], properties: object) => ({
  type: "object",
  required,
  properties,
  patternProperties: { "^x-": true },
  additionalProperties: false,
});
const map = (of: object, pattern = ".") => ({
  type: "object",
  patternProperties: { [pattern]: of },
  additionalProperties: false,
});
const ref = (name: string) => ({ $ref: `#/$defs/${name}` });
const operations = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

export const openApiStructure = {
  ...closed(["openapi", "info", "paths"], {
    openapi: { type: "string", pattern: "^3\\.1\\.\\d+$" },
    info: closed(["title", "version"], {
      title: text,
      version: text,
      description: text,
      contact: closed([], { name: text, url: text, email: text }),
    }),
    servers: { type: "array", items: closed(["url"], { url: text, description: text }) },
    security: { type: "array", items: map({ type: "array", items: text }) },
    paths: map(ref("pathItem"), "^/"),
    components: closed([], {
      schemas: map(schema, "^[a-zA-Z0-9._-]+$"),
      securitySchemes: map(
        closed(["type", "in", "name"], { type: text, in: text, name: text, description: text }),
      ),
    }),
  }),
  $defs: {
    pathItem: closed([], Object.fromEntries(operations.map((name) => [name, ref("operation")]))),
    operation: closed([], {
      summary: text,
      parameters: { type: "array", uniqueItems: true, items: ref("parameter") },
      requestBody: closed(["content"], { required: { type: "boolean" }, content: ref("content") }),
      responses: { minProperties: 1, ...map(ref("response"), "^(?:[1-5](?:\\d\\d|XX)|default)$") },
    }),
    parameter: {
      ...closed(["name", "in", "schema"], {
        name: text,
        in: { enum: ["path", "query", "header"] },
        description: text,
        required: { type: "boolean" },
        schema,
      }),
      anyOf: [
        { properties: { in: { const: "path" }, required: { const: true } }, required: ["required"] },
        { properties: { in: { enum: ["query", "header"] } } },
      ],
    },
    response: closed(["description"], {
      description: text,
      headers: map(closed(["schema"], { schema })),
      content: ref("content"),
    }),
    content: map(closed([], { schema, examples: map(closed(["value"], { value: true })) }), "^[^/]+/[^/]+$"),
  },
};
