import type { ShownService } from "../../admin/use-cases/catalogue.ts";
import { routeOf } from "../route-of.ts";
import type { Visit } from "../visit.ts";

export const showService = routeOf("GET /catalogue/service");

/** The service, and version, that the query or the form names. */
export async function serviceIn(visit: Visit): Promise<ShownService> {
  const named = visit.method === "POST" ? visit.fields("service") : {};
  const query = { ...visit.asked("service", "version"), ...named };
  return (await visit.ask<ShownService>(showService, { query })).body;
}
