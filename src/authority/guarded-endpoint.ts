import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { AdmissionGate } from "../core/admission-gate.ts";
import type { Clock } from "../core/clock.ts";
import { errorCodes } from "../core/error-codes.ts";
import { asSealwayError, SealwayError } from "../core/errors.ts";
import { type Rate, RateLimit } from "./services/rate-limit.ts";

/** What is asked of the authority at one path. */
export interface GuardedEndpoint {
  readonly method: "GET" | "POST";
  readonly url: string;
  /** Bytes of a body. */
  readonly bodyLimit: number;
  /**
   * @param call attacker-controlled
   * @throws SealwayError why it is refused, told as a problem (RFC 9457)
   */
  answer(call: GuardedCall): Promise<GuardedAnswer>;
}

export interface GuardedCall {
  readonly body: Buffer;
  readonly query: { readonly [name: string]: unknown };
  readonly params: { readonly [name: string]: string };
}

export type GuardedAnswer =
  | { readonly status: number; readonly body: object }
  /** @param more members of the problem beside the usual ones */
  | { readonly problem: SealwayError; readonly more: object };

/** Requests that are judged or wait for it. */
const mostWaiting = 50;
/** Requests of which the body is awaited, each of up to 2 MB, and for how long, milliseconds. One address gets half. */
const mostArriving = 64;
const longestArrival = 10_000;
const ofOneAddress: Rate = { burst: 120, refill: 1_000 };

/**
 * Adds paths that anybody may call, since what counts is signed: how often one address may ask, how many bodies may be
 * awaited and how many requests may wait is bounded for all of them together.
 * @param none members of every problem, unless the answer has them
 */
export function addGuardedEndpoints(
  server: FastifyInstance,
  endpoints: readonly GuardedEndpoint[],
  clock: Clock,
  none: object = {},
): void {
  const limit = new RateLimit(ofOneAddress, clock);
  const arriving = new AdmissionGate(mostArriving);
  const tell = (reply: FastifyReply, error: SealwayError, more: object = none) =>
    sendProblem(reply, error, more);
  let waiting = 0;
  for (const { method, url, bodyLimit, answer } of endpoints) {
    server.route<{
      Body: Buffer | null;
      Querystring: GuardedCall["query"];
      Params: GuardedCall["params"];
    }>({
      ...{ method, url, bodyLimit },
      onRequest: async (request, reply) => {
        try {
          limit.enter(request.ip);
          arriving.enter(request.ip);
        } catch (error) {
          // Whatever is sent of it yet is not read.
          return tell(reply.header("connection", "close"), asSealwayError(error));
        }
        leaveWhenOver(request, reply, arriving);
      },
      errorHandler: (error, _request, reply) =>
        tell(reply, new SealwayError("bad_request", (error as Error).message)),
      handler: async ({ body, query, params }, reply) => {
        waiting += 1;
        try {
          if (waiting > mostWaiting)
            throw new SealwayError("overloaded", "too many requests are being judged");
          const answered = await answer({ body: body ?? Buffer.alloc(0), query, params });
          if ("problem" in answered) return tell(reply, answered.problem, answered.more);
          return reply.code(answered.status).header("cache-control", "no-store").send(answered.body);
        } catch (error) {
          return tell(reply, asSealwayError(error));
        } finally {
          waiting -= 1;
        }
      },
    });
  }
}

/** A request holds its place until it is answered or gone, and is gone when its body does not come. */
function leaveWhenOver(
  { ip, raw }: Pick<FastifyRequest, "ip" | "raw">,
  reply: FastifyReply,
  arriving: AdmissionGate,
): void {
  const timer = setTimeout(() => {
    if (!raw.complete) raw.destroy();
  }, longestArrival).unref();
  reply.raw.once("close", () => {
    clearTimeout(timer);
    arriving.leave(ip);
  });
}

function sendProblem(reply: FastifyReply, error: SealwayError, more: object): FastifyReply {
  const { status, title, remedy } = errorCodes[error.code];
  const { code, detail } = error;
  reply.code(status).header("cache-control", "no-store").type("application/problem+json");
  return reply.send(JSON.stringify({ type: "about:blank", title, status, detail, code, remedy, ...more }));
}
