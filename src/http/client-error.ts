import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { SealwayError } from "../core/errors.ts";
import { problemOf } from "../exchange/problem.ts";
import { type ErrorDialect, renderProblem } from "./error-mapper.ts";

/**
 * Answers what node's parser refuses before any handler sees it: also such a caller gets `X-Road-Error`.
 * @param error from the `clientError` event; its text is not passed on
 */
export function respondToClientError(
  error: Error & { readonly code?: string },
  socket: Duplex,
  dialect: ErrorDialect,
): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, headers, body } = renderProblem(
    problemOf(toSealwayError(error.code), "consumer", null),
    null,
    dialect,
    undefined,
  );
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n`;
  for (let i = 0; i < headers.length; i += 2) head += `${headers[i]}: ${headers[i + 1]}\r\n`;
  socket.end(Buffer.concat([Buffer.from(`${head}Connection: close\r\n\r\n`, "latin1"), body]));
}

function toSealwayError(code: string | undefined): SealwayError {
  if (code === "HPE_HEADER_OVERFLOW")
    return new SealwayError("headers_too_large", "the headers are larger than is taken");
  if (code === "HPE_INVALID_METHOD")
    return new SealwayError("invalid_http_method", "the method is not one of HTTP's");
  if (code === "HPE_INVALID_EOF_STATE")
    return new SealwayError("incomplete_body", "the connection ended in the middle of the request");
  return new SealwayError("bad_request", `not well-formed HTTP/1.1 (${code ?? "unknown"})`);
}
