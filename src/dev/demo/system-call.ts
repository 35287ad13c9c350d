import { createHash } from "node:crypto";
import { type IncomingMessage, request } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { monotonic } from "../../core/clock.ts";
import type { ClientId, ServiceId } from "../../core/ids.ts";

/** A body that an information system sends. */
export interface SentBody {
  readonly type: string;
  readonly length: number;
  readonly blocks: Iterable<Buffer>;
}

/** A document as a body. */
export function jsonBody(value: object): SentBody {
  const bytes = Buffer.from(JSON.stringify(value));
  return { type: "application/json", length: bytes.length, blocks: [bytes] };
}

/** A call that an information system makes at its own security server. */
export interface SystemCall {
  /** Port of the consumer interface. */
  readonly port: number;
  readonly client: ClientId;
  readonly service: ServiceId;
  readonly method: string;
  /** Path and query behind the service's identifier. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: SentBody;
}

/** What it gets. */
export interface SystemAnswer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  /** The beginning of the body, up to 64 KiB. */
  readonly text: string;
  readonly bytes: number;
  /** SHA-256 of the whole body, in hexadecimal. */
  readonly sha256: string;
  /** From the first byte sent to the last one received. */
  readonly milliseconds: number;
}

const shown = 64 * 1024;
const patience = 300_000;

/** The target of a call, as X-Road clients write it. */
export function targetOf({ service, path }: Pick<SystemCall, "service" | "path">): string {
  return `/r1/${service}${path}`;
}

/** Makes the call. @throws Error of the network when there is no answer */
export async function callAsSystem(call: SystemCall): Promise<SystemAnswer> {
  const began = monotonic();
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const outgoing = request({
    host: "127.0.0.1",
    port: call.port,
    method: call.method,
    path: targetOf(call),
    timeout: patience,
    headers: {
      "X-Road-Client": call.client,
      ...call.headers,
      ...(call.body && { "Content-Type": call.body.type, "Content-Length": call.body.length }),
    },
  });
  outgoing.once("response", resolve).once("error", reject);
  outgoing.once("timeout", () => outgoing.destroy(new Error("no answer in five minutes")));
  if (call.body === undefined) outgoing.end();
  else await pipeline(Readable.from(call.body.blocks), outgoing);
  const answer = await promise;
  const received = await read(answer);
  const { statusCode, headers } = answer;
  return { status: statusCode!, headers, ...received, milliseconds: monotonic() - began };
}

async function read(answer: IncomingMessage): Promise<Pick<SystemAnswer, "text" | "bytes" | "sha256">> {
  const digest = createHash("sha256");
  const first: Buffer[] = [];
  let bytes = 0;
  for await (const block of answer as AsyncIterable<Buffer>) {
    if (bytes < shown) first.push(block);
    digest.update(block);
    bytes += block.length;
  }
  const text = Buffer.concat(first).subarray(0, shown).toString("utf8");
  return { text, bytes, sha256: digest.digest("hex") };
}
