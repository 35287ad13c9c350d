import type { FastifyReply } from "fastify";
import type { Json } from "../../core/canonical-json.ts";
import type { ErrorCode } from "../../core/error-codes.ts";
import { asSealwayError, SealwayError } from "../../core/errors.ts";

/**
 * Answers an error as problem details (RFC 9457), with our code and what to do.
 * @param error what was thrown; only the words of a SealwayError are told
 */
export function respondProblem(reply: FastifyReply, error: unknown): FastifyReply {
  const known = asSealwayError(ofServer(error) ?? error);
  const { problem, status } = problemOf(known);
  const { code } = known;
  if (status === 401) reply.header("www-authenticate", 'Bearer realm="sealway"');
  if (code === "too_many_attempts") reply.header("retry-after", "600");
  return reply.code(status).type("application/problem+json").send(JSON.stringify(problem));
}

/** What a use case answers that does not do it. @param more than an error has, such as findings */
export function problemOf(
  { code, detail, entry: { remedy, status, title } }: SealwayError,
  more: Readonly<Record<string, Json>> = {},
) {
  const type = `urn:sealway:error:${code}`;
  return { status, problem: { type, title, status, detail, code, remedy, ...more } };
}

/** What the server itself found wrong with a request, by its status. */
const codes: Readonly<Record<number, ErrorCode>> = {
  400: "bad_request",
  413: "body_too_large",
  415: "media_type_unknown",
  431: "headers_too_large",
};

function ofServer(error: unknown): SealwayError | undefined {
  const { statusCode } = Object(error) as { readonly statusCode?: number };
  if (error instanceof SealwayError || statusCode === undefined || statusCode >= 500) return undefined;
  return new SealwayError(codes[statusCode] ?? "bad_request", "the server does not take the request");
}
