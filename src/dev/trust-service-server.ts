import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";

/** What every development trust service can be told to do wrong. `reset` breaks the connection without an answer. */
export interface ServiceKnobs {
  slowMs: number;
  fault: string;
}

/** One HTTP service: its path-independent answer, and the knobs that change its behaviour while it runs. */
export interface ServiceDescription<Knobs extends ServiceKnobs> {
  readonly port: number;
  readonly host?: string;
  readonly knobs: Knobs;
  /** The values that `fault` may take beside `none`, `off`, `reset` and `garbage`. */
  readonly faults: readonly string[];
  readonly respond: (request: ServiceRequest) => Promise<ServiceAnswer>;
}

export interface ServiceRequest {
  readonly method: string;
  /** Path and query, as sent. */
  readonly target: string;
  readonly contentType: string;
  readonly body: Buffer;
}

export interface ServiceAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
}

/** A running service. */
export interface RunningService<Knobs> {
  readonly url: string;
  readonly port: number;
  readonly knobs: Knobs;
  close(): Promise<void>;
}

const everyServicesFaults = ["none", "off", "reset", "garbage"];
const requestLimit = 64 * 1024;

/**
 * Starts a development trust service on loopback. `POST /knobs` with a JSON object changes knobs, `GET /knobs`
 * shows them; everything else is the protocol's.
 */
export async function startTrustService<Knobs extends ServiceKnobs>(
  description: ServiceDescription<Knobs>,
): Promise<RunningService<Knobs>> {
  const host = description.host ?? "127.0.0.1";
  const server = createServer((request, response) => {
    answer(description, request, response).catch(() => response.destroy());
  });
  await listen(server, description.port, host);
  const { port } = server.address() as AddressInfo;
  return { url: `http://${host}:${port}/`, port, knobs: description.knobs, close: () => close(server) };
}

/** A plain-text answer, for everything that is not the protocol's. */
export function textAnswer(status: number, text: string): ServiceAnswer {
  return { status, contentType: "text/plain; charset=utf-8", body: Buffer.from(`${text}\n`) };
}

async function answer<Knobs extends ServiceKnobs>(
  description: ServiceDescription<Knobs>,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const request = await readRequest(incoming);
  if (request === undefined) return send(response, textAnswer(413, "the request is too large"));
  if (request.target === "/knobs") return send(response, turnKnobs(description, request));
  const { slowMs, fault } = description.knobs;
  if (slowMs > 0) await wait(slowMs, undefined, { ref: false });
  if (fault === "reset") return void response.destroy();
  if (fault === "off") return send(response, textAnswer(503, "switched off"));
  const good = await description.respond(request);
  send(response, fault === "garbage" ? { ...good, body: Buffer.from("this is no DER at all") } : good);
}

async function readRequest(incoming: IncomingMessage): Promise<ServiceRequest | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > requestLimit) return undefined;
    chunks.push(chunk);
  }
  return {
    method: incoming.method ?? "",
    target: incoming.url ?? "",
    contentType: incoming.headers["content-type"] ?? "",
    body: Buffer.concat(chunks),
  };
}

function turnKnobs<Knobs extends ServiceKnobs>(
  description: ServiceDescription<Knobs>,
  request: ServiceRequest,
): ServiceAnswer {
  const { knobs } = description;
  if (request.method === "POST") {
    const problem = knobProblem(description, request.body);
    if (problem !== undefined) return textAnswer(400, problem);
    Object.assign(knobs, JSON.parse(request.body.toString("utf8")));
  }
  return { status: 200, contentType: "application/json", body: Buffer.from(JSON.stringify(knobs)) };
}

/** A misspelt knob would make a test pass for the wrong reason, so names and kinds are checked. */
function knobProblem<Knobs extends ServiceKnobs>(
  { knobs, faults }: ServiceDescription<Knobs>,
  body: Buffer,
): string | undefined {
  let wanted: unknown;
  try {
    wanted = JSON.parse(body.toString("utf8"));
  } catch {
    return "the knobs are not JSON";
  }
  if (typeof wanted !== "object" || wanted === null || Array.isArray(wanted))
    return "the knobs are not an object";
  for (const [name, value] of Object.entries(wanted)) {
    if (!Object.hasOwn(knobs, name))
      return `there is no knob ${name}; there are ${Object.keys(knobs).join(", ")}`;
    const present = knobs[name as keyof Knobs];
    const alike = typeof value === typeof present && Array.isArray(value) === Array.isArray(present);
    if (!alike) return `the knob ${name} has another type`;
  }
  const fault = (wanted as { fault?: string }).fault ?? "none";
  const known = [...everyServicesFaults, ...faults];
  return known.includes(fault) ? undefined : `there is no fault ${fault}; there are ${known.join(", ")}`;
}

function send(response: ServerResponse, { status, contentType, body }: ServiceAnswer): void {
  response.writeHead(status, { "content-type": contentType, "content-length": body.length });
  response.end(body);
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => resolve());
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
