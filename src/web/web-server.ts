import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { Logger } from "pino";
import { monotonic } from "../core/clock.ts";
import { protectPage } from "./protect-page.ts";

/** What a server proves itself by; undefined for HTTP. */
export type ServerCertificate = { readonly cert: Buffer; readonly key: Buffer } | undefined;

/** A site of ours that browsers look at. */
export interface Site {
  /** Origin, `https://portal.example`. */
  readonly publicUrl: string;
  /** Where its forms may lead besides the site itself. */
  formOrigins(): Iterable<string>;
  readonly log: Logger;
  /** Bytes of a request's body. */
  readonly mostBody: number;
  /** Answers what failed. @param error whose `statusCode` is below 500 when the request was wrong */
  answerFailure(request: FastifyRequest, reply: FastifyReply, error: Failure): FastifyReply;
}

const mostHeaders = 16_384;
const limits = {
  connectionTimeout: 60_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 30_000,
  http: { maxHeaderSize: mostHeaders },
};

/** Says that it serves, under whatever name orchestrators and balancers ask. */
const healthPath = "/health";

/** An HTTP server that does not listen yet: bounded, telling browsers what to refuse, and taking forms. */
export function createWebServer(site: Site, certificate: ServerCertificate): FastifyInstance {
  const failed = (error: Failure, request: FastifyRequest, reply: FastifyReply) => {
    if (!isTheirs(error))
      site.log.error({ route: request.routeOptions?.url ?? null, failure: failureOf(error) }, "failed");
    protectPage(site, reply);
    return site.answerFailure(request, reply, error);
  };
  const app = fastify({
    ...{ ...limits, bodyLimit: site.mostBody },
    ...(certificate !== undefined && { https: { ...certificate, maxHeaderSize: mostHeaders } }),
    ...{ logger: false, forceCloseConnections: true, routerOptions: { maxParamLength: 100 } },
    frameworkErrors: failed,
  }) as FastifyInstance;
  app.removeAllContentTypeParsers();
  const form = "application/x-www-form-urlencoded";
  app.addContentTypeParser(form, { parseAs: "string" }, (_request, body, done) => {
    done(null, new URLSearchParams(String(body)));
  });
  app.setErrorHandler(failed);
  guard(app, site);
  app.get(healthPath, (_request, reply) => reply.send({ status: "ok" }));
  return app;
}

function guard(app: FastifyInstance, site: Site): void {
  const begun = new WeakMap<FastifyRequest, number>();
  app.addHook("onRequest", async (request, reply) => {
    begun.set(request, monotonic());
    protectPage(site, reply);
    if (!isForUs(site, request)) {
      reply.code(421).type("text/plain").send("no such site here\n");
    }
  });
  app.addHook("onResponse", async (request, reply) => {
    const milliseconds = Math.round(monotonic() - (begun.get(request) ?? monotonic()));
    const { method, routeOptions } = request;
    // The template of the route: a path or query could name somebody.
    site.log.info(
      { method, route: routeOptions.url ?? null, status: reply.statusCode, milliseconds },
      "page",
    );
  });
}

/** A request for another host was led here by somebody else's name: DNS rebinding. */
function isForUs({ publicUrl }: Site, { headers, routeOptions }: FastifyRequest): boolean {
  return headers.host === new URL(publicUrl).host || routeOptions.url === healthPath;
}

/** What a handler threw, or the server found wrong with a request. */
export type Failure = Error & { readonly code?: string; readonly statusCode?: number };

/** Whether the request was wrong, and nothing here. */
export function isTheirs(error: Failure): boolean {
  return (error.statusCode ?? 500) < 500;
}

/** Of a failure, what a log may repeat: never its message, which could hold what somebody sent. */
function failureOf(error: Failure): object {
  const places = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return { name: error.name, code: error.code ?? null, at: places.slice(0, 5).map((line) => line.trim()) };
}
