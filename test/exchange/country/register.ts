import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A call that reached the register, as it came. */
export interface RegisterCall {
  readonly method: string;
  /** Raw target. */
  readonly target: string;
  /** Names and values in turn. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

/** What the register answers; headers are names and values in turn, sent as they stand. */
export interface RegisterReply {
  readonly status?: number;
  readonly reason?: string;
  readonly headers?: readonly string[];
  readonly body?: Buffer | string;
}

/** Answers by itself, when a reply is not enough: slow, cut, no HTTP at all. */
export type RegisterHandler = (
  call: RegisterCall,
  response: ServerResponse,
  request: IncomingMessage,
) => RegisterReply | undefined | Promise<RegisterReply | undefined>;

const usual: RegisterHandler = () => ({
  headers: ["Content-Type", "application/json"],
  body: '{"found":true}',
});

/** An information system behind the answering server that notes every call. */
export class RecordingRegister {
  /** In the order in which they were complete. */
  readonly calls: RegisterCall[] = [];
  /** Requests that had begun, complete or not. */
  begun = 0;
  #handler: RegisterHandler = usual;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<RecordingRegister> {
    const server = createServer({ maxHeaderSize: 65_536 });
    const register = new RecordingRegister(server);
    server.on("request", (request, response) => void register.#take(request, response));
    await once(server.listen(0, "127.0.0.1"), "listening");
    return register;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** From now on it answers so; without an argument as usual. */
  answer(reply: RegisterReply | RegisterHandler = usual): void {
    this.#handler = typeof reply === "function" ? reply : () => reply;
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.begun++;
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return;
    }
    const { method = "", url: target = "", rawHeaders } = request;
    const call = { method, target, rawHeaders, body: Buffer.concat(chunks) };
    this.calls.push(call);
    const reply = await this.#handler(call, response, request);
    if (reply !== undefined) send(response, call, reply);
  }
}

function send(response: ServerResponse, { method }: RegisterCall, reply: RegisterReply): void {
  const { status = 200, reason = "OK", headers = [], body = "" } = reply;
  const names = headers.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase());
  const isFramed = names.includes("content-length") || names.includes("transfer-encoding");
  const hasBody = status !== 204 && status !== 304;
  const length = isFramed || !hasBody ? [] : ["Content-Length", String(Buffer.byteLength(body))];
  response.sendDate = false;
  response.writeHead(status, reason, [...headers, ...length]);
  // As bytes: node would write the headers in the encoding of a string.
  response.end(method === "HEAD" || !hasBody ? undefined : Buffer.from(body as string));
}
