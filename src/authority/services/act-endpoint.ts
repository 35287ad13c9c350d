import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { ToldFinding } from "../../catalogue/told-finding.ts";
import { AdmissionGate } from "../../core/admission-gate.ts";
import type { Clock } from "../../core/clock.ts";
import { errorCodes } from "../../core/error-codes.ts";
import { asSealwayError, SealwayError } from "../../core/errors.ts";
import { mostSubmissionBytes } from "./act-submission.ts";
import type { Judgement } from "./catalogue-office.ts";
import { type Rate, RateLimit } from "./rate-limit.ts";

/** What the authority does with an act. */
export interface ActDesk {
  /**
   * @param sent attacker-controlled
   * @returns with the version of the configuration that is published
   * @throws SealwayError why it is refused
   */
  act(sent: Buffer, mode: ActMode): Promise<JudgedAct>;
}

export type ActMode = "for good" | "dry run";

/** `configuration` is null for an act that is taken and could not be published yet: it will be, without being sent again. */
export type JudgedAct = Judgement & { readonly configuration: number | null };

/** Acts that are judged or wait for it. */
const mostWaiting = 50;
/** Requests of which the body is awaited, each of up to 2 MB, and for how long, milliseconds. One address gets half. */
const mostArriving = 64;
const longestArrival = 10_000;
const ofOneAddress: Rate = { burst: 120, refill: 1_000 };

/**
 * `POST /services/acts[?dryRun=1]`: 201 with the version of the configuration that has the act (202 and null while it
 * cannot be published), 200 for a dry run; otherwise a problem (RFC 9457) with every finding. Anybody may call it: what counts is signed.
 */
export function addActEndpoint(server: FastifyInstance, desk: ActDesk, clock: Clock): void {
  const limit = new RateLimit(ofOneAddress, clock);
  const arriving = new AdmissionGate(mostArriving);
  let waiting = 0;
  server.route<{ Body: Buffer | null; Querystring: { readonly [name: string]: unknown } }>({
    method: "POST",
    url: "/services/acts",
    bodyLimit: mostSubmissionBytes,
    onRequest: async (request, reply) => {
      try {
        limit.enter(request.ip);
        arriving.enter(request.ip);
      } catch (error) {
        // Whatever is sent of it yet is not read.
        return sendProblem(reply.header("connection", "close"), asSealwayError(error), []);
      }
      leaveWhenOver(request, reply, arriving);
    },
    errorHandler: (error, _request, reply) =>
      sendProblem(reply, new SealwayError("bad_request", (error as Error).message), []),
    handler: async (request, reply) => {
      waiting += 1;
      try {
        if (waiting > mostWaiting) throw new SealwayError("overloaded", "too many acts are being judged");
        const mode = modeIn(request.query);
        const judgement = await desk.act(request.body ?? Buffer.alloc(0), mode);
        const { kind, findings } = judgement;
        if (kind === "refused") {
          const detail = `${findings.length} findings`;
          return sendProblem(reply, new SealwayError("publication_refused", detail), findings);
        }
        const { act, configuration } = judgement;
        const status = configuration === null ? 202 : 201;
        reply.code(mode === "dry run" ? 200 : status).header("cache-control", "no-store");
        return reply.send({ act, configuration, findings });
      } catch (error) {
        return sendProblem(reply, asSealwayError(error), []);
      } finally {
        waiting -= 1;
      }
    },
  });
}

/** A request holds its place until it is answered or gone, and is gone when its body does not come. */
function leaveWhenOver({ ip, raw }: FastifyRequest, reply: FastifyReply, arriving: AdmissionGate): void {
  const timer = setTimeout(() => {
    if (!raw.complete) raw.destroy();
  }, longestArrival).unref();
  reply.raw.once("close", () => {
    clearTimeout(timer);
    arriving.leave(ip);
  });
}

/** @throws SealwayError `bad_request`: who wants a dry run and spells it otherwise must not change anything */
function modeIn(query: { readonly [name: string]: unknown }): ActMode {
  const [name, ...more] = Object.keys(query);
  if (name === undefined) return "for good";
  if (name === "dryRun" && query.dryRun === "1" && more.length === 0) return "dry run";
  throw new SealwayError("bad_request", "the parameter is dryRun=1, once");
}

function sendProblem(
  reply: FastifyReply,
  error: SealwayError,
  findings: readonly ToldFinding[],
): FastifyReply {
  const { status, title, remedy } = errorCodes[error.code];
  const { code, detail } = error;
  reply.code(status).header("cache-control", "no-store").type("application/problem+json");
  return reply.send(JSON.stringify({ type: "about:blank", title, status, detail, code, remedy, findings }));
}
