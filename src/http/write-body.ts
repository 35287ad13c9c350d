import type { ServerResponse } from "node:http";
import type { Body } from "../exchange/body.ts";
import { sendBody } from "../exchange/send-body.ts";
import { endResponse } from "./end-response.ts";

/**
 * Ends a response with a body, which is discarded afterwards. A caller that goes away is no error of ours: everything
 * that it was to get is in the log.
 */
export async function writeBody(response: ServerResponse, body: Body | Buffer | null): Promise<void> {
  if (body === null || Buffer.isBuffer(body)) {
    endResponse(response, body ?? undefined);
    return;
  }
  try {
    if (body.bytes !== undefined) response.end(body.bytes);
    else await sendBody(body, response);
  } catch {
    response.destroy();
  } finally {
    body.discard();
  }
}
