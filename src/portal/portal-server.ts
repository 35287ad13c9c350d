import { readFile } from "node:fs/promises";
import { join } from "node:path";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { monotonic } from "../core/clock.ts";
import type { PortalServices } from "./portal-services.ts";
import { actingRoutes } from "./routes/acting-routes.ts";
import { homeRoutes } from "./routes/home-routes.ts";
import { permissionRoutes } from "./routes/permission-routes.ts";
import { questionRoutes } from "./routes/question-routes.ts";
import type { Route } from "./routes/route.ts";
import { signInRoutes } from "./routes/sign-in-routes.ts";
import { usesRoutes } from "./routes/uses-routes.ts";
import { Visit } from "./visit.ts";

/** What the portal proves itself by; undefined for HTTP. */
export type ServerCertificate = { readonly cert: Buffer; readonly key: Buffer } | undefined;

const routes: readonly Route[] = [
  ...homeRoutes,
  ...signInRoutes,
  ...usesRoutes,
  ...questionRoutes,
  ...actingRoutes,
  ...permissionRoutes,
];

const mostForm = 16_384;
const limits = {
  bodyLimit: mostForm,
  connectionTimeout: 60_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 30_000,
  http: { maxHeaderSize: 16_384 },
};

/** The portal's pages as an HTTP server that does not listen yet. */
export async function createPortalServer(
  portal: PortalServices,
  certificate: ServerCertificate,
): Promise<FastifyInstance> {
  const style = await readFile(join(import.meta.dirname, "style.css"));
  const failed = (error: Error, request: FastifyRequest, reply: FastifyReply) =>
    answerFailure(portal, error, request, reply);
  const https = certificate === undefined ? null : { ...certificate, maxHeaderSize: 16_384 };
  const app = fastify({
    ...limits,
    ...(https !== null && { https }),
    ...{ logger: false, forceCloseConnections: true, routerOptions: { maxParamLength: 100 } },
    frameworkErrors: failed,
  }) as FastifyInstance;
  app.removeAllContentTypeParsers();
  const form = "application/x-www-form-urlencoded";
  app.addContentTypeParser(form, { parseAs: "string" }, (_request, body, done) => {
    done(null, new URLSearchParams(String(body)));
  });
  const begun = new WeakMap<FastifyRequest, number>();
  app.addHook("onRequest", async (request, reply) => {
    begun.set(request, monotonic());
    protect(portal, reply);
    if (!isForUs(portal, request)) {
      reply.code(421).type("text/plain").send("no such site here\n");
    }
  });
  app.addHook("onResponse", async (request, reply) => {
    const milliseconds = Math.round(monotonic() - (begun.get(request) ?? monotonic()));
    const { method, routeOptions } = request;
    // The template of the route: a path or query could name somebody.
    portal.log.info(
      { method, route: routeOptions.url ?? null, status: reply.statusCode, milliseconds },
      "page",
    );
  });
  app.setErrorHandler(failed);
  app.setNotFoundHandler((request, reply) => new Visit(portal, request, reply).problem("not-found"));
  app.get("/style.css", (_request, reply) =>
    reply.header("cache-control", "public, max-age=3600").type("text/css; charset=utf-8").send(style),
  );
  app.get(healthPath, (_request, reply) => reply.send({ status: "ok" }));
  for (const [method, url, handle] of routes) {
    const handler = (request: FastifyRequest, reply: FastifyReply) => {
      const visit = new Visit(portal, request, reply);
      return method === "POST" && !visit.isOwnForm() ? visit.problem("other-site") : handle(visit);
    };
    app.route({ method, url, handler });
  }
  return app;
}

/** Says that it serves, under whatever name orchestrators and balancers ask. */
const healthPath = "/health";

/** A request for another host was led here by somebody else's name: DNS rebinding. */
function isForUs({ publicUrl }: PortalServices, { headers, routeOptions }: FastifyRequest): boolean {
  return headers.host === new URL(publicUrl).host || routeOptions.url === healthPath;
}

/** What browsers are told to refuse, on every answer. */
function protect({ cookies, provider }: PortalServices, reply: FastifyReply): void {
  const actions = ["'self'", ...provider.knownOrigins].join(" ");
  reply.headers({
    "content-security-policy":
      "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; " +
      `form-action ${actions}`,
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "no-store",
    ...(cookies.overHttps && { "strict-transport-security": "max-age=31536000" }),
  });
}

/** The cause goes to the log, without its message where that could repeat what somebody sent. */
function answerFailure(
  portal: PortalServices,
  error: Error & { readonly code?: string; readonly statusCode?: number },
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const isTheirs = (error.statusCode ?? 500) < 500;
  if (!isTheirs)
    portal.log.error({ route: request.routeOptions?.url ?? null, failure: failureOf(error) }, "failed");
  protect(portal, reply);
  return new Visit(portal, request, reply).problem(isTheirs ? "bad-request" : "unavailable");
}

function failureOf(error: Error & { readonly code?: string }): object {
  const places = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return { name: error.name, code: error.code ?? null, at: places.slice(0, 5).map((line) => line.trim()) };
}
