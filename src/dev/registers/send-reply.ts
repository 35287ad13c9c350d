import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Reply } from "./route.ts";

type Senders = {
  readonly [Kind in Reply["kind"]]: (
    response: ServerResponse,
    reply: Extract<Reply, { kind: Kind }>,
  ) => unknown;
};

const senders: Senders = {
  json(response, { status, body }) {
    const text = Buffer.from(JSON.stringify(body));
    response
      .writeHead(status, { "content-type": "application/json", "content-length": text.length })
      .end(text);
  },
  bytes(response, { type, body }) {
    response.writeHead(200, { "content-type": type, "content-length": body.length }).end(body);
  },
  empty(response, { status }) {
    response.writeHead(status).end();
  },
  stream(response, { type, length, blocks }) {
    response.writeHead(200, {
      "content-type": type,
      ...(length !== undefined && { "content-length": length }),
    });
    if (response.req.method === "HEAD") return response.end();
    return pipeline(
      blocks instanceof Readable ? blocks : Readable.from(blocks, { objectMode: false }),
      response,
    );
  },
  cut(response, { announced, sent }) {
    response.writeHead(200, { "content-type": "application/octet-stream", "content-length": announced });
    response.write(Buffer.alloc(sent, "x"), () => response.destroy());
  },
};

/** Sends a reply; the promise, where there is one, ends with the last byte or fails when the caller leaves. */
export function sendReply(response: ServerResponse, reply: Reply): unknown {
  const send = senders[reply.kind] as (response: ServerResponse, reply: Reply) => unknown;
  return send(response, reply);
}
