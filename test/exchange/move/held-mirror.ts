import { once } from "node:events";
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Passes everything on to the authority, and holds its answers back while a test wants a server to be behind. */
export class HeldMirror {
  readonly #server: Server;
  readonly #to: URL;
  #held: Promise<void> = Promise.resolve();
  #release: () => void = () => {};

  private constructor(server: Server, to: string) {
    this.#server = server;
    this.#to = new URL(to);
    server.on("request", (incoming, response) => this.#pass(incoming, response));
  }

  static async start(authority: string): Promise<HeldMirror> {
    const server = createServer();
    await once(server.listen(0, "127.0.0.1"), "listening");
    return new HeldMirror(server, authority);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  hold(): void {
    this.#held = new Promise((resolve) => {
      this.#release = resolve;
    });
  }

  release(): void {
    this.#release();
  }

  async close(): Promise<void> {
    this.release();
    this.#server.closeAllConnections();
    await once(this.#server.close(), "close");
  }

  #pass({ method = "GET", url = "/", headers }: IncomingMessage, response: ServerResponse): void {
    const { hostname, port } = this.#to;
    const onward = request({ hostname, port, method, path: url, headers }, async (answer) => {
      await this.#held;
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    response.on("close", () => onward.destroy());
    onward.end();
  }
}
