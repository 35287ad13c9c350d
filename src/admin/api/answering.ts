import type { FastifyReply, FastifyRequest } from "fastify";
import type { Logger } from "pino";
import { SealwayError } from "../../core/errors.ts";
import { respondProblem } from "./problem.ts";

type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;

/** What we refuse is an answer, and no failure of the server's. */
export function answering(log: Logger, handler: Handler): Handler {
  return async (request, reply) => {
    try {
      return await handler(request, reply);
    } catch (error) {
      if (!(error instanceof SealwayError)) throw error;
      const route = request.routeOptions.url ?? null;
      log[error.entry.status < 500 ? "info" : "warn"]({ route, code: error.code }, "refused");
      return respondProblem(reply, error);
    }
  };
}
