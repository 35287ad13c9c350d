import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Agent, createServer, request as httpsRequest } from "node:https";
import type { Identity } from "../../../src/dev/ca.ts";
import { type ExchangeDocument, parseExchange } from "../../../src/message/exchange-document.ts";
import { type Head, parseHead } from "../../../src/message/head.ts";
import {
  exchangePath,
  parseWireHeaders,
  toWireHeaders,
  type WireMessage,
} from "../../../src/message/wire.ts";
import { writeCertificatesPem } from "../../../src/pki/certificate.ts";
import type { SmallCountry } from "../country.ts";
import type { Forged } from "./forgery.ts";

/** Key and certificate as TLS wants them. */
export function tlsOf({ certificate, privateKey }: Identity): { key: string; cert: string } {
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }) as string,
    cert: writeCertificatesPem([certificate]),
  };
}

/** What a gateway says to a peer. */
export interface PeerAnswer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
  /** The problem in the body, when it is one. */
  readonly problem: Readonly<Record<string, unknown>>;
  /** What was signed, when something was. */
  readonly signed: { readonly document: ExchangeDocument; readonly head: Head } | undefined;
}

/** How a message goes out, when not as it should. */
export interface Sending {
  readonly method?: string;
  readonly path?: string;
  /** Names and values in turn, instead of the message's four. */
  readonly headers?: readonly string[];
  readonly body?: Buffer;
}

/** Kept-alive connections to a gateway's peer interface that show one certificate, or none. */
export class Peer {
  readonly #agent: Agent;
  readonly #port: number;

  /** @param port of the answering server unless told */
  constructor(country: SmallCountry, identity: Identity | null, port = country.answering.gateway.ports.peer) {
    const tls = identity === null ? {} : tlsOf(identity);
    this.#agent = new Agent({ keepAlive: true, maxSockets: 32, rejectUnauthorized: false, ...tls });
    this.#port = port;
  }

  /** Sends a message. @param sending what differs from it */
  send({ message, body }: Forged, sending: Sending = {}): Promise<PeerAnswer> {
    return this.post({ headers: Object.entries(toWireHeaders(message)).flat(), body, ...sending });
  }

  /** Posts anything. */
  post({
    method = "POST",
    path = exchangePath,
    headers = [],
    body = Buffer.alloc(0),
  }: Sending): Promise<PeerAnswer> {
    return new Promise((resolve, reject) => {
      const outer = ["Host", "peer.example", "Content-Length", String(body.length)];
      const to = { host: "127.0.0.1", port: this.#port, agent: this.#agent, maxHeaderSize: 262_144 };
      const call = httpsRequest({ ...to, method, path, headers: [...headers, ...outer] });
      call.on("error", reject).on("response", (response) => {
        read(response).then(resolve, reject);
      });
      call.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

async function read(response: IncomingMessage): Promise<PeerAnswer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const isSigned = response.headers["sealway-signature"] !== undefined;
  const wire = isSigned ? parseWireHeaders(response.rawHeaders) : undefined;
  return {
    status: response.statusCode!,
    headers: response.headers,
    body,
    problem: body[0] === 0x7b ? (JSON.parse(body.toString("utf8")) as Record<string, unknown>) : {},
    signed: wire && { document: parseExchange(wire.exchange), head: parseHead(wire.head) },
  };
}

/** Answers a request by itself; the message in it is what the asking server signed. */
export type PlayedProvider = (
  request: { readonly message: WireMessage; readonly body: Buffer },
  response: ServerResponse,
) => void | Promise<void>;

/** The rogue server, played by a test: listens where the configuration says, with the key that it says. */
export class PlayedServer {
  /** Messages that came. */
  count = 0;
  #play: PlayedProvider = (_, response) => void response.destroy();
  readonly #server: ReturnType<typeof createServer>;

  private constructor(server: ReturnType<typeof createServer>) {
    this.#server = server;
  }

  static async start({ rogue }: SmallCountry): Promise<PlayedServer> {
    const options = { requestCert: true, rejectUnauthorized: false, minVersion: "TLSv1.3" } as const;
    const server = createServer({ ...options, ...tlsOf(rogue.tls), maxHeaderSize: 262_144 });
    const played = new PlayedServer(server);
    const take = (request: IncomingMessage, response: ServerResponse) => void played.#take(request, response);
    server.on("request", take).on("checkContinue", take);
    await once(server.listen(rogue.peerPort, "127.0.0.1"), "listening");
    return played;
  }

  /** From now on it behaves so. */
  play(provider: PlayedProvider): void {
    this.#play = provider;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.count++;
    if (request.headers.expect !== undefined) response.writeContinue();
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return;
    }
    response.on("error", () => {});
    await this.#play(
      { message: parseWireHeaders(request.rawHeaders), body: Buffer.concat(chunks) },
      response,
    );
  }
}

/** Writes a signed answer as a gateway does. */
export function writeSigned(response: ServerResponse, { message, body }: Forged): void {
  response.writeHead(200, { ...toWireHeaders(message), "content-length": body.length }).end(body);
}
