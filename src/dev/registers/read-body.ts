import type { IncomingMessage } from "node:http";

/**
 * The whole body, or undefined when it is longer than `most` bytes; the rest is then read and dropped. By
 * events, since iterating costs more than all else that an echo of 1 KiB does.
 * @throws Error when the caller breaks off
 */
export function readBody(request: IncomingMessage, most: number): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const blocks: Buffer[] = [];
    let length = 0;
    request.on("data", (block: Buffer) => {
      length += block.length;
      if (length <= most) blocks.push(block);
    });
    request.on("end", () => resolve(length > most ? undefined : Buffer.concat(blocks, length)));
    request.on("error", reject);
  });
}
