import { once } from "node:events";
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { type Dispatcher, Pool } from "undici";
import { answerOrders } from "./child.ts";

/** Key, certificate, and the CA that the other side's certificate must come from; PEM. */
export interface TlsMaterial {
  readonly key: string;
  readonly cert: string;
  readonly ca: string;
}

/** One hop of the comparison without trust: HTTP in and mutual TLS out, or the other way round. */
export interface Hop {
  readonly listen: "http" | "mutual-tls";
  /** Origin of the next hop; mutual TLS when it is `https:`. */
  readonly next: string;
  readonly tls: TlsMaterial;
}

const mostConnections = 256;

/*
 * What two gateways do, without trust: the request is taken in, sent on over a pool of kept connections, the answer
 * taken in and passed back. No check, no signature, no record.
 */
answerOrders<Hop, number>(async ({ listen, next, tls }) => {
  const pool = new Pool(next, {
    connections: mostConnections,
    pipelining: 1,
    allowH2: false,
    connect: { ...tls, minVersion: "TLSv1.3" },
  });
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method, url, headers } = request;
      const sent = { path: url!, method: method as Dispatcher.HttpMethod, headers: forwarded(headers) };
      pool.dispatch({ ...sent, body: Buffer.concat(chunks) }, new Answer(response));
    });
  };
  const settings = { keepAliveTimeout: 75_000, requestTimeout: 0 };
  const server =
    listen === "http"
      ? http.createServer(settings, handle)
      : https.createServer({ ...settings, ...tls, requestCert: true, minVersion: "TLSv1.3" }, handle);
  await once(server.listen(0, "127.0.0.1"), "listening");
  return (server.address() as AddressInfo).port;
});

function forwarded(headers: IncomingMessage["headers"]): IncomingMessage["headers"] {
  const { host: _, connection: __, "content-length": ___, ...rest } = headers;
  return rest;
}

class Answer implements Dispatcher.DispatchHandler {
  readonly #response: ServerResponse;
  readonly #chunks: Buffer[] = [];
  #status = 0;
  #type = "";

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  onRequestStart(): void {}

  onResponseStart(
    _controller: unknown,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    this.#status = status;
    this.#type = String(headers["content-type"] ?? "");
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const body = Buffer.concat(this.#chunks);
    this.#response
      .writeHead(this.#status, { "content-type": this.#type, "content-length": body.length })
      .end(body);
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.#response.writeHead(502).end(error.message);
  }
}
