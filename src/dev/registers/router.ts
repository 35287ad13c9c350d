import type { Handler, Route } from "./route.ts";

/** What a method and path lead to. */
export type Match =
  | {
      readonly kind: "found";
      readonly name: string;
      readonly handler: Handler;
      readonly parameters: Readonly<Record<string, string>>;
    }
  | { readonly kind: "no-such-path" }
  | { readonly kind: "wrong-method"; readonly allowed: string };

/** Finds routes; `path` is as received, without the query. */
export type Router = (method: string, path: string) => Match;

/** A router over the few routes of one register. */
export function createRouter(routes: readonly Route[]): Router {
  const compiled = routes.map(([method, template, handler]) => ({
    method,
    name: `${method} ${template}`,
    parts: template.split("/"),
    handler,
  }));
  return (method, path) => {
    const parts = path.split("/");
    const wanted = method === "HEAD" ? "GET" : method;
    let allowed = "";
    for (const route of compiled) {
      const parameters = matchParts(route.parts, parts);
      if (parameters === undefined) continue;
      if (route.method === wanted)
        return { kind: "found", name: route.name, handler: route.handler, parameters };
      allowed = allowed === "" ? route.method : `${allowed}, ${route.method}`;
    }
    return allowed === "" ? { kind: "no-such-path" } : { kind: "wrong-method", allowed };
  };
}

function matchParts(
  template: readonly string[],
  parts: readonly string[],
): Record<string, string> | undefined {
  if (template.length !== parts.length) return undefined;
  const parameters: Record<string, string> = {};
  for (let i = 0; i < template.length; i++) {
    const name = template[i]!;
    const value = parts[i]!;
    if (name.startsWith("{")) {
      const decoded = tryDecode(value);
      if (!decoded) return undefined;
      parameters[name.slice(1, -1)] = decoded;
    } else if (name !== value) return undefined;
  }
  return parameters;
}

function tryDecode(part: string): string | undefined {
  if (!part.includes("%")) return part;
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
