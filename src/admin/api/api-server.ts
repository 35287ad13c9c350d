import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { SealwayError } from "../../core/errors.ts";
import { parseStrictJson } from "../../core/strict-json.ts";
import { cookie, readCookie } from "../../web/cookies.ts";
import { isFromUs } from "../../web/own-form.ts";
import { createWebServer, type ServerCertificate } from "../../web/web-server.ts";
import type { AdminServices } from "../admin-services.ts";
import { callerOf, type Shown } from "../sign-in/caller.ts";
import { addProviderRoutes } from "../sign-in/provider-routes.ts";
import { openRoutes } from "../use-cases/sign-in.ts";
import { answering } from "./answering.ts";
import { openApi } from "./openapi.ts";
import { checkBody, perform } from "./perform.ts";
import { respondProblem } from "./problem.ts";
import type { Answered, OpenRoute, Route } from "./route.ts";
import { routes } from "./route-table.ts";

export const apiRoot = "/api/v1";
/** Bytes of a request: a service description of 1 MiB, in JSON. */
const mostBody = 1.25 * 1024 * 1024;

/** The management API as a server that does not listen yet. @param certificate undefined for tests of loopback alone */
export function createApiServer(services: AdminServices, certificate: ServerCertificate): FastifyInstance {
  const { publicUrl, log } = services;
  const app = createWebServer(
    {
      ...{ publicUrl, log, mostBody },
      formOrigins: () => [],
      answerFailure: (_request, reply, error) => respondProblem(reply, error),
    },
    certificate,
  );
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, (_request, body, done) => {
    try {
      done(null, parseStrictJson(body as Buffer));
    } catch (error) {
      done(error as Error);
    }
  });
  app.setNotFoundHandler((_request, reply) =>
    respondProblem(reply, new SealwayError("nothing_here", "no such path")),
  );
  if (services.provider !== undefined) addProviderRoutes(app, services, services.provider);
  const document = JSON.stringify(openApi());
  app.get(`${apiRoot}/openapi.json`, (_request, reply) => reply.type("application/json").send(document));
  for (const route of openRoutes) addOpenRoute(app, services, route);
  for (const route of routes) addRoute(app, services, route);
  return app;
}

function addRoute(app: FastifyInstance, services: AdminServices, route: Route): void {
  const handler = answering(services.log, async (request, reply) => {
    const leavesTrace = route.method !== "GET" || route.audit !== "none";
    const caller = await callerOf(services, { ...shownBy(services, request), leavesTrace });
    const { params, query, body, headers } = request;
    const raw = {
      params: params as Readonly<Record<string, string>>,
      query: query as Readonly<Record<string, unknown>>,
      ...{ body, ifMatch: headers["if-match"] },
    };
    return respond(services, reply, route, await perform(services, route, caller, raw));
  });
  app.route({ method: route.method, url: apiRoot + route.path, handler });
}

function addOpenRoute(app: FastifyInstance, services: AdminServices, route: OpenRoute): void {
  const handler = answering(services.log, async (request, reply) => {
    const { address, origin, site, sessionId } = shownBy(services, request);
    // Nobody is signed in by a stranger's page as somebody else than they think.
    if (!isFromUs(services.publicUrl, { origin, site }))
      throw new SealwayError("form_not_ours", "the request comes from another site");
    const body = checkBody(route.body, request.body);
    return respond(services, reply, route, await route.run({ services, body, address, sessionId }));
  });
  app.route({ method: route.method, url: apiRoot + route.path, handler });
}

function shownBy({ publicUrl }: AdminServices, { headers, ip }: FastifyRequest): Omit<Shown, "leavesTrace"> {
  const one = (name: string) => (typeof headers[name] === "string" ? headers[name] : undefined);
  return {
    ...{ authorization: headers.authorization, formToken: one("x-form-token"), origin: headers.origin },
    ...{ site: one("sec-fetch-site"), address: ip },
    sessionId: readCookie(headers.cookie, "session", settingsOf(publicUrl)),
  };
}

function respond(
  { publicUrl }: AdminServices,
  reply: FastifyReply,
  route: Pick<Route, "status">,
  answered: Answered,
): FastifyReply {
  const { body, etag, file, problem, session } = answered;
  const set = (value: string, seconds: number | undefined) =>
    reply.header("set-cookie", cookie("session", value, settingsOf(publicUrl), seconds));
  if (session === "ended") set("gone", 0);
  else if (session !== undefined) set(session.id, undefined);
  if (etag !== undefined) reply.header("etag", `"${etag}"`);
  reply.code(answered.status ?? route.status ?? 200);
  if (problem !== undefined) return reply.type("application/problem+json").send(JSON.stringify(problem));
  if (file !== undefined)
    return reply
      .type(file.type)
      .header("content-disposition", `attachment; filename="${file.name}"`)
      .send(file.bytes);
  return body === undefined ? reply.send() : reply.type("application/json").send(JSON.stringify(body));
}

function settingsOf(publicUrl: string) {
  return { overHttps: publicUrl.startsWith("https:") };
}
