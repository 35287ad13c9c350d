import type { FastifyInstance, FastifyReply } from "fastify";
import type { ToldFinding } from "../../catalogue/told-finding.ts";
import type { Clock } from "../../core/clock.ts";
import { errorCodes } from "../../core/error-codes.ts";
import { asSealwayError, SealwayError } from "../../core/errors.ts";
import { mostSubmissionBytes } from "./act-submission.ts";
import { AddressLimit } from "./address-limit.ts";
import type { Judgement } from "./catalogue-office.ts";

/** What the authority does with an act. */
export interface ActDesk {
  /**
   * @param sent attacker-controlled
   * @returns with the version of the configuration that has the act
   * @throws SealwayError why it is refused
   */
  act(sent: Buffer, mode: "for good" | "dry run"): Promise<Judgement & { readonly configuration: number }>;
}

/** Acts that are judged or wait for it. */
const mostWaiting = 50;

/**
 * `POST /services/acts[?dryRun=1]`: 201 with the version of the configuration that has the act, 200 for a dry run;
 * otherwise a problem (RFC 9457) with every finding. Anybody may call it: what counts is signed.
 */
export function addActEndpoint(server: FastifyInstance, desk: ActDesk, clock: Clock): void {
  const limit = new AddressLimit(clock);
  let waiting = 0;
  server.route<{ Body: Buffer | null; Querystring: { dryRun?: string } }>({
    method: "POST",
    url: "/services/acts",
    bodyLimit: mostSubmissionBytes,
    onRequest: async (request, reply) => {
      try {
        limit.enter(request.ip);
        if (waiting >= mostWaiting) throw new SealwayError("overloaded", "too many acts are being judged");
      } catch (error) {
        return sendProblem(reply, asSealwayError(error), []);
      }
    },
    errorHandler: (error, _request, reply) =>
      sendProblem(reply, new SealwayError("bad_request", (error as Error).message), []),
    handler: async (request, reply) => {
      waiting += 1;
      try {
        const mode = request.query.dryRun === "1" ? "dry run" : "for good";
        const judgement = await desk.act(request.body ?? Buffer.alloc(0), mode);
        const { kind, findings } = judgement;
        if (kind === "refused") {
          const detail = `${findings.length} findings`;
          return sendProblem(reply, new SealwayError("publication_refused", detail), findings);
        }
        const { act, configuration } = judgement;
        reply.code(mode === "dry run" ? 200 : 201).header("cache-control", "no-store");
        return reply.send({ act, configuration, findings });
      } catch (error) {
        return sendProblem(reply, asSealwayError(error), []);
      } finally {
        waiting -= 1;
      }
    },
  });
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
