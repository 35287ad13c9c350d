import { readFile } from "node:fs/promises";
import type { AddressInfo, Socket } from "node:net";
import { join } from "node:path";
import Fastify, { type FastifyInstance, type FastifyReply } from "fastify";
import type { ShownCatalogue } from "../catalogue/catalogue-desk.ts";
import type { Clock } from "../core/clock.ts";
import type { Witness } from "../messagelog/checkpoint/witness.ts";
import { mostRequestBytes } from "../messagelog/checkpoint/witness-request.ts";
import { respondAsWitness, witnessPrefix } from "../messagelog/checkpoint/witness-service.ts";
import type { AuthorityOptions } from "./authority-options.ts";
import { addCataloguePages } from "./catalogue-pages.ts";
import { addHistoryPages } from "./history/history-pages.ts";
import type { PastConfigurations } from "./history/past-configurations.ts";
import { limitConnections, mostConnections } from "./limit-connections.ts";
import { PackedFiles } from "./packed-files.ts";
import { addRegistrationEndpoints, type RegistrationFace } from "./registration/registration-endpoint.ts";
import { followTls, readTls } from "./served-tls.ts";
import { type ActDesk, addActEndpoint } from "./services/act-endpoint.ts";
import type { VersionWaiters } from "./version-waiters.ts";

/** What `GET /health` says. */
export interface AuthorityHealth {
  /** `failing`: no timestamp can be signed, so that servers will raise their alarm; told with status 503. */
  readonly status: "ok" | "degraded" | "failing";
  readonly instance: string;
  readonly purpose: string;
  /** Version of the configuration that is published. */
  readonly version: number | undefined;
  /** ISO 8601. */
  readonly timestampMade: string | undefined;
  /** Why the registry as it stands is not published, or what somebody must do about its log or the keys. */
  readonly problem: string | undefined;
}

const metadataName = /^(?:(?:[1-9]\d{0,14})\.(?:root|snapshot|targets|timestamp)|timestamp)\.json$/;
/** Directories, digest, name; a segment of dots cannot occur, since each has another character. */
const targetName = /^(?:(?!\.{1,2}\/)[^/\0\\]{1,255}\/){1,8}[0-9a-f]{64}\.[^/\0\\]{1,255}$/;

/** Milliseconds in which a request must be there as a whole; how long its answer takes is another matter. */
const requestTimeout = 30_000;

/** A versioned file never changes; what is the newest must be asked for each time. */
const cacheControl = { versioned: "public, max-age=31536000, immutable", newest: "no-cache" } as const;

/** What is served beside the files. */
export interface AuthorityDesks {
  health(): AuthorityHealth;
  readonly witness: Witness;
  readonly waiters: VersionWaiters;
  readonly acts: ActDesk;
  /** Undefined where the registry file alone says who is a member. */
  readonly registration: RegistrationFace | undefined;
  readonly past: PastConfigurations;
  /** What everybody may read of it; undefined before the first publication. */
  catalogue(): ShownCatalogue | undefined;
  readonly clock: Clock;
}

/**
 * Serves the repository's files, as any static server or mirror could, tells when there is a new version, answers as a
 * witness of logs, and takes acts on services.
 */
export async function serveRepository(
  directory: string,
  desks: AuthorityDesks,
  { host: listenAt, port: wantedPort, tls }: Pick<AuthorityOptions, "host" | "port" | "tls">,
): Promise<{ url: string; close(): Promise<void> }> {
  const material = tls && (await readTls(tls));
  const https = material === undefined ? null : { ...material, minVersion: "TLSv1.2" as const };
  const options = { logger: false, forceCloseConnections: true, requestTimeout };
  const server = Fastify({ ...options, https }) as unknown as FastifyInstance;
  const unfollow = tls && followTls(server.server, tls, material!);
  limitConnections(server.server, mostConnections);
  addRoutes(server, directory, () => desks.health());
  addWaiting(server, desks.waiters);
  addWitness(server, desks.witness);
  addActEndpoint(server, desks.acts, desks.clock);
  if (desks.registration !== undefined) addRegistrationEndpoints(server, desks.registration, desks.clock);
  addHistoryPages(server, desks.past, desks.clock);
  addCataloguePages(server, () => desks.catalogue());
  await server.listen({ host: listenAt, port: wantedPort });
  const { address, family, port } = server.server.address() as AddressInfo;
  const host = family === "IPv6" ? `[${address}]` : address;
  const close = async () => {
    unfollow?.();
    await server.close();
  };
  return { url: `${tls === undefined ? "http" : "https"}://${host}:${port}`, close };
}

function addRoutes(server: FastifyInstance, directory: string, health: () => AuthorityHealth): void {
  const packed = new PackedFiles();
  server.get<{ Params: { name: string } }>("/metadata/:name", async (request, reply) => {
    const { name } = request.params;
    if (!metadataName.test(name)) return sendMissing(reply);
    const caching = name === "timestamp.json" ? "newest" : "versioned";
    return sendFile(reply, join(directory, "metadata", name), caching, packed);
  });
  server.get<{ Params: { "*": string } }>("/targets/*", async (request, reply) => {
    const name = request.params["*"];
    if (!targetName.test(name)) return sendMissing(reply);
    return sendFile(reply, join(directory, "targets", name), "versioned", packed);
  });
  server.get("/health", async (_request, reply) => {
    const state = health();
    reply.header("cache-control", "no-store");
    return reply.code(state.status === "failing" ? 503 : 200).send(state);
  });
  server.setNotFoundHandler((_request, reply) => sendMissing(reply));
}

/**
 * `GET /configuration/wait?version=N`: 200 as soon as another version is published, 204 when none is for a while, 503 when
 * too many wait. One waits once on a connection: who sends more questions behind the first would wait for nothing.
 */
function addWaiting(server: FastifyInstance, waiters: VersionWaiters): void {
  const waiting = new WeakSet<Socket>();
  server.get<{ Querystring: { version?: string } }>("/configuration/wait", async (request, reply) => {
    const { socket } = request.raw;
    const gone = new AbortController();
    const leave = () => gone.abort();
    reply.header("cache-control", "no-store");
    if (waiting.has(socket)) return sendBusy(reply);
    waiting.add(socket);
    socket.once("close", leave);
    try {
      const version = await waiters.wait(Number(request.query.version), request.ip, gone.signal);
      return version === undefined ? reply.code(204).send() : reply.send({ version });
    } catch {
      return sendBusy(reply);
    } finally {
      socket.off("close", leave);
      waiting.delete(socket);
    }
  });
}

function sendBusy(reply: FastifyReply): FastifyReply {
  return reply.code(503).send({ title: "Too many wait", status: 503 });
}

/** Anybody may call it: what counts is signed by a log, or by two officers. */
function addWitness(server: FastifyInstance, witness: Witness): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  server.route<{ Params: { name: string }; Body: Buffer | null }>({
    method: ["GET", "POST"],
    url: `${witnessPrefix}:name`,
    bodyLimit: mostRequestBytes,
    handler: async (request, reply) => {
      const { method, params, url, body } = request;
      const query = new URL(url, "http://authority").searchParams;
      const call = { method, name: params.name, query, body: body ?? Buffer.alloc(0) };
      const answer = await respondAsWitness(witness, call);
      return reply
        .code(answer.status)
        .header("cache-control", "no-store")
        .type(answer.type)
        .send(answer.body);
    },
  });
}

async function sendFile(
  reply: FastifyReply,
  path: string,
  caching: keyof typeof cacheControl,
  packed: PackedFiles,
): Promise<FastifyReply> {
  const isPacked =
    caching === "versioned" && /\bgzip\b/.test(String(reply.request.headers["accept-encoding"] ?? ""));
  let small = isPacked ? packed.held(path) : undefined;
  let bytes: Buffer | undefined;
  if (small === undefined) {
    try {
      bytes = await readFile(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return sendMissing(reply);
      throw error;
    }
    small = isPacked ? packed.of(path, bytes) : undefined;
  }
  reply.header("cache-control", cacheControl[caching]).type("application/json");
  if (caching === "versioned") reply.header("vary", "accept-encoding");
  return small === undefined ? reply.send(bytes) : reply.header("content-encoding", "gzip").send(await small);
}

/** Not to be cached: the next root is missing until the day on which it is there. */
function sendMissing(reply: FastifyReply): FastifyReply {
  return reply
    .code(404)
    .header("cache-control", "no-store")
    .send({ title: "There is no such file in the repository", status: 404 });
}
