import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { readSiteStyle } from "../web/site-style.ts";
import { createWebServer, isTheirs, type ServerCertificate, type Site } from "../web/web-server.ts";
import type { PortalServices } from "./portal-services.ts";
import { actingRoutes } from "./routes/acting-routes.ts";
import { homeRoutes } from "./routes/home-routes.ts";
import { permissionRoutes } from "./routes/permission-routes.ts";
import { questionRoutes } from "./routes/question-routes.ts";
import type { Route } from "./routes/route.ts";
import { signInRoutes } from "./routes/sign-in-routes.ts";
import { usesRoutes } from "./routes/uses-routes.ts";
import { Visit } from "./visit.ts";

/** All of the portal's pages, and what their forms do. */
export const routes: readonly Route[] = [
  ...homeRoutes,
  ...signInRoutes,
  ...usesRoutes,
  ...questionRoutes,
  ...actingRoutes,
  ...permissionRoutes,
];

const mostForm = 16_384;

/** The portal's pages as an HTTP server that does not listen yet. */
export async function createPortalServer(
  portal: PortalServices,
  certificate: ServerCertificate,
): Promise<FastifyInstance> {
  const style = readSiteStyle(import.meta.dirname);
  const app = createWebServer(siteOf(portal), certificate);
  app.setNotFoundHandler((request, reply) => new Visit(portal, request, reply).problem("not-found"));
  app.get("/style.css", (_request, reply) =>
    reply.header("cache-control", "public, max-age=3600").type("text/css; charset=utf-8").send(style),
  );
  for (const [method, url, handle] of routes) {
    const handler = (request: FastifyRequest, reply: FastifyReply) => {
      const visit = new Visit(portal, request, reply);
      return method === "POST" && !visit.isOwnForm() ? visit.problem("other-site") : handle(visit);
    };
    app.route({ method, url, handler });
  }
  return app;
}

function siteOf(portal: PortalServices): Site {
  const { publicUrl, log, provider } = portal;
  return {
    ...{ publicUrl, log, mostBody: mostForm },
    formOrigins: () => provider.knownOrigins,
    answerFailure: (request, reply, error) =>
      new Visit(portal, request, reply).problem(isTheirs(error) ? "bad-request" : "unavailable"),
  };
}
