import { openRoutes } from "../use-cases/sign-in.ts";
import type { OpenRoute, Route } from "./route.ts";
import { routes } from "./route-table.ts";
import { uuid } from "./shapes.ts";

type Part = Readonly<Record<string, unknown>>;

const problem = {
  type: "object",
  required: ["type", "title", "status", "detail", "code", "remedy"],
  properties: {
    ...{ type: { type: "string" }, title: { type: "string" }, status: { type: "integer" } },
    ...{ detail: { type: "string" }, code: { type: "string" }, remedy: { type: "string" } },
  },
};

/** The management API as OpenAPI 3.1, of the same table that decides. */
export function openApi(): Part {
  const paths: Record<string, Record<string, Part>> = {};
  for (const route of [...openRoutes, ...routes]) {
    const path = route.path.replace(/:([a-z]+)/g, "{$1}");
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Sealway management API",
      version: "1",
      description: "Errors are problem details (RFC 9457) with a code of Sealway's table and what to do.",
    },
    servers: [{ url: "/api/v1" }],
    security: [{ key: [] }, { session: [] }],
    paths,
    components: {
      securitySchemes: {
        key: { type: "http", scheme: "bearer", description: "An API key: sealway_{id}_{secret}" },
        session: {
          ...{ type: "apiKey", in: "cookie", name: "__Host-sealway-session" },
          description:
            "What changes something, or is recorded, needs the session's form token in X-Form-Token, too.",
        },
      },
      schemas: { problem },
    },
  };
}

function operation(route: Route | OpenRoute): Part {
  const { answer, body, path, status = 200, summary } = route;
  const told = { description: "Done", ...contentOf(answer) };
  const failed = {
    description: "Refused",
    content: { "application/problem+json": { schema: { $ref: "#/components/schemas/problem" } } },
  };
  const parameters = [...pathParameters(path), ...("allowed" in route ? otherParameters(route) : [])];
  return {
    summary,
    ...("allowed" in route ? rightsOf(route) : { security: [] }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: { required: true, content: { "application/json": { schema: body.schema } } },
    }),
    responses: { [status]: told, default: failed },
  };
}

function contentOf(answer: Route["answer"]): Part {
  if (answer === null) return {};
  if (typeof answer === "string") return { content: { [answer]: {} } };
  return { content: { "application/json": { schema: answer } } };
}

/** What no keyword of OpenAPI says. */
function rightsOf({ allowed, audit, people, personal, scope }: Route): Part {
  return {
    "x-sealway-roles": allowed === "signed-in" ? "everybody who is signed in" : allowed,
    "x-sealway-scope": scope,
    "x-sealway-recorded": audit,
    "x-sealway-personal-data": personal,
    "x-sealway-people": people,
  };
}

function pathParameters(path: string): Part[] {
  return [...path.matchAll(/:([a-z]+)/g)].map(([, name]) => ({
    ...{ name, in: "path", required: true, schema: uuid },
  }));
}

function otherParameters({ concurrent, query }: Route): Part[] {
  const properties: Part = query?.schema.properties ?? {};
  const named = Object.entries(properties).map(([name, schema]) => ({ name, in: "query", schema }));
  const ifMatch = { name: "If-Match", in: "header", required: true, schema: { type: "string" } };
  return concurrent === undefined ? named : [...named, ifMatch];
}
