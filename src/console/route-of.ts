import type { OpenRoute, Route } from "../admin/api/route.ts";
import { routes } from "../admin/api/route-table.ts";
import { openRoutes } from "../admin/use-cases/sign-in.ts";

/** A route of the management API by its name, `GET /users/:user`. @throws TypeError for none: a fault of the program */
export function routeOf(name: string): Route {
  return found(routes, name);
}

/** The same of what somebody may do who is not signed in. */
export function openRouteOf(name: string): OpenRoute {
  return found(openRoutes, name);
}

function found<One extends Pick<Route, "method" | "path">>(all: readonly One[], name: string): One {
  const route = all.find(({ method, path }) => `${method} ${path}` === name);
  if (route === undefined) throw new TypeError(`the management API has no ${name}`);
  return route;
}
