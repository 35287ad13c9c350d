import { readFileSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

/** What a mirror does with a file instead of serving it. */
export type Tampering = Buffer | number | ((response: ServerResponse, original: Buffer) => void);

/** A mirror of a repository on disk that a test makes hostile. Serves what is on disk otherwise. */
export class TamperingMirror {
  /** By path, `metadata/timestamp.json`. */
  readonly tampered = new Map<string, Tampering>();
  readonly requested: string[] = [];
  /** Told of each file that was served as it is. */
  served: (path: string, length: number) => void = () => {};
  readonly url: string;
  directory: string;
  readonly #server: Server;

  private constructor(directory: string, server: Server) {
    this.directory = directory;
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("request", (request, response) => this.#serve(request.url!, response));
  }

  static async start(directory: string): Promise<TamperingMirror> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new TamperingMirror(directory, server);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** A file as it is on disk. */
  read(path: string): Buffer {
    return readFileSync(join(this.directory, path));
  }

  #serve(url: string, response: ServerResponse): void {
    const path = decodeURIComponent(url.slice(1));
    this.requested.push(path);
    const tampering = this.tampered.get(path);
    if (Buffer.isBuffer(tampering)) return void response.end(tampering);
    if (typeof tampering === "number") return void response.writeHead(tampering).end();
    let original: Buffer;
    try {
      original = this.read(path);
    } catch {
      return void response.writeHead(404).end();
    }
    this.served(path, original.length);
    if (tampering !== undefined) tampering(response, original);
    else response.end(original);
  }
}
