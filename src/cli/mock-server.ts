import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { MockService } from "../catalogue/mock-answer.ts";
import type { ServiceDescription } from "../catalogue/service-description.ts";

/** Largest body that is read, bytes; a mock keeps it in memory. */
const mostBytes = 16 * 1_048_576;

export interface MockServer {
  readonly address: string;
  close(): Promise<void>;
}

/**
 * Serves the examples of a description on loopback, below `/` and below `/r1/{service}`, so that a consumer changes only
 * the address when the service itself is there.
 * @param port 0 for any that is free
 */
export async function startMockServer(description: ServiceDescription, port: number): Promise<MockServer> {
  const service = new MockService(description);
  const server = createServer(async (request, response) => {
    try {
      const { pathname, query } = targetOf(request.url ?? "/", description.id);
      const wanted = /(?:^|[,;\s])code=(\d{3})/.exec(String(request.headers.prefer ?? ""))?.[1];
      const body = await readBody(request, Math.min(mostBytes, description.maxRequestBytes));
      const answer =
        body === undefined
          ? {
              status: 413,
              headers: { connection: "close" },
              body: { type: "Mock", message: "The body is too large" },
            }
          : service.answer({ method: request.method ?? "GET", path: pathname, query, body, wanted });
      response.writeHead(answer.status, { ...answer.headers, "content-type": "application/json" });
      response.end(request.method === "HEAD" ? undefined : JSON.stringify(answer.body));
    } catch {
      // The caller went away, or a schema of the description cannot be compiled: `services check` tells which.
      if (!response.headersSent) response.writeHead(500);
      response.end();
    }
  });
  await listen(server, port);
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function targetOf(url: string, id: string) {
  const [path = "/", ...rest] = url.split("?");
  const prefix = `/r1/${id}`;
  const below = path === prefix || path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path;
  return { pathname: below === "" ? "/" : below, query: new URLSearchParams(rest.join("?")) };
}

async function readBody(request: IncomingMessage, most: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += (chunk as Buffer).length;
    if (length > most) return undefined;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve());
  });
}
