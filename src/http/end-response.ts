import type { ServerResponse } from "node:http";

/** How long what a caller goes on sending is thrown away after it was answered, milliseconds. */
const lingerFor = 5_000;

/**
 * Ends a response with its last bytes. One that comes before its request is complete also ends the connection, but not
 * at once: closed with bytes unread it would be reset, and a caller that is still sending would see the reset and never
 * the answer (RFC 9112 §9.6).
 */
export function endResponse(response: ServerResponse, bytes: Buffer | undefined): void {
  const { req: request } = response;
  if (request.complete || request.destroyed) {
    response.end(bytes);
    return;
  }
  response.flushHeaders();
  if (bytes !== undefined) response.write(bytes);
  const end = () => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, lingerFor);
  request.once("end", end).once("close", end).resume();
}
