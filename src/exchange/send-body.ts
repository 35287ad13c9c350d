import type { Writable } from "node:stream";
import type { Body } from "./body.ts";
import { freeBuffer } from "./free-buffer.ts";

/**
 * Sends a whole body into a request or response and ends it, block by block with flat memory.
 * @throws SealwayError `spool_unavailable`, or an error of the sink when it closes before the end; the sink is left
 *   as it is then
 */
export async function sendBody(body: Body, sink: Writable): Promise<void> {
  for await (const block of body.blocks()) {
    await write(sink, block);
    // Only here is it known that the system has taken the block over: freed a moment earlier, what is sent would be
    // whatever the process next puts there.
    if (body.bytes === undefined) freeBuffer(block);
  }
  sink.end();
}

/** Resolves when the sink has passed the block on; a sink that closes with it in hand rejects. */
function write(sink: Writable, block: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const onClose = () => reject(new Error("the connection was closed before the body was sent"));
    if (sink.destroyed) return onClose();
    sink.once("close", onClose);
    sink.write(block, (error) => {
      sink.off("close", onClose);
      if (error) reject(error);
      else resolve();
    });
  });
}
