import type { ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import type { Body } from "../exchange/body.ts";

/**
 * Ends a response with a body, which is discarded afterwards. A caller that goes away is no error of ours: everything
 * that it was to get is in the log.
 */
export async function writeBody(response: ServerResponse, body: Body | Buffer | null): Promise<void> {
  if (body === null || Buffer.isBuffer(body) || body.bytes !== undefined) {
    response.end(body === null ? undefined : Buffer.isBuffer(body) ? body : body.bytes);
    if (body !== null && !Buffer.isBuffer(body)) body.discard();
    return;
  }
  try {
    await pipeline(body.stream(), response);
  } catch {
    response.destroy();
  } finally {
    body.discard();
  }
}
