import type { FastifyInstance } from "fastify";
import type { Clock } from "../../core/clock.ts";
import { mostRequestBytes } from "../../message/registration/registration-request.ts";
import { addGuardedEndpoints } from "../guarded-endpoint.ts";
import type { AnsweredRequest, RegistrationDesk } from "./registration-desk.ts";

/** What the paths need of a desk. */
export type RegistrationFace = Pick<RegistrationDesk, "request" | "decide" | "show" | "list">;

/** Bytes of a decision or query, with its certificate. */
const mostStatementBytes = 64 * 1024;

/**
 * `POST /registration/requests` and `/registration/decisions`: 201 with the request when it is approved and published,
 * 202 while it waits; `GET /registration/requests/{id}`; `POST /registration/queries` for the list of them.
 */
export function addRegistrationEndpoints(
  server: FastifyInstance,
  desk: RegistrationFace,
  clock: Clock,
): void {
  const told = (answer: AnsweredRequest) => ({
    status: answer.configuration === null ? 202 : 201,
    body: answer,
  });
  addGuardedEndpoints(
    server,
    [
      {
        ...{ method: "POST", url: "/registration/requests", bodyLimit: mostRequestBytes },
        answer: async ({ body }) => told(await desk.request(body)),
      },
      {
        ...{ method: "POST", url: "/registration/decisions", bodyLimit: mostStatementBytes },
        answer: async ({ body }) => told(await desk.decide(body)),
      },
      {
        ...{ method: "POST", url: "/registration/queries", bodyLimit: mostStatementBytes },
        answer: async ({ body }) => ({ status: 200, body: { requests: desk.list(body) } }),
      },
      {
        ...{ method: "GET", url: "/registration/requests/:id", bodyLimit: 1 },
        answer: async ({ params }) => ({ status: 200, body: desk.show(params.id ?? "") }),
      },
    ],
    clock,
  );
}
