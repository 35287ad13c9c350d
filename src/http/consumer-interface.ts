import http, { type IncomingMessage, type Server, type ServerResponse } from "node:http";
import https from "node:https";
import type { TLSSocket } from "node:tls";
import type { AdmissionGate } from "../core/admission-gate.ts";
import { asSealwayError, SealwayError } from "../core/errors.ts";
import { type ClientId, memberOf, parseClientId } from "../core/ids.ts";
import type { MemberShares } from "../core/member-shares.ts";
import type { AgreementRegister } from "../exchange/agreement-register.ts";
import { clientHeaders } from "../exchange/call-headers.ts";
import type { CatalogueFace, OwnReply } from "../exchange/catalogue/catalogue-face.ts";
import { govStackTarget } from "../exchange/catalogue/govstack.ts";
import { consume, type Reply } from "../exchange/consume.ts";
import type { InformationSystemCall } from "../exchange/consumer-exchange.ts";
import type { DecisionFace } from "../exchange/decision-face.ts";
import { downloadEvidence, isEvidenceTarget } from "../exchange/download-evidence.ts";
import { notTaken } from "../exchange/exchange-account.ts";
import type { GatewayServices } from "../exchange/gateway-services.ts";
import { problemOf } from "../exchange/problem.ts";
import type { VerificationFace } from "../exchange/verification-face.ts";
import {
  type ConnectionLimits,
  connectionTimeouts,
  guardConnections,
  handshakeTimeout,
} from "./connection-guard.ts";
import { endResponse } from "./end-response.ts";
import { type ErrorDialect, renderProblem } from "./error-mapper.ts";
import type { ExchangeLog } from "./exchange-log.ts";
import type { MonitoringInterface } from "./monitoring-interface.ts";
import { parserErrorOf } from "./parser-error.ts";
import { refuseBadConnections } from "./refuse-connection.ts";
import { tlsFingerprint } from "./tls-fingerprint.ts";
import { writeBody } from "./write-body.ts";

/** Larger than what `parseRequest` takes, so that its error is told rather than the parser's. */
const maxHeaderSize = 49_152;

export interface ConsumerInterfaceOptions {
  readonly services: GatewayServices;
  readonly gate: AdmissionGate;
  readonly shares: MemberShares;
  readonly dialect: ErrorDialect;
  readonly log: ExchangeLog;
  readonly monitoring: MonitoringInterface;
  readonly catalogue: CatalogueFace;
  readonly agreements: AgreementRegister;
  readonly decisions: DecisionFace;
  readonly verification: VerificationFace;
  /** Names and values in turn, on every reply: how a demonstration says what it is. */
  readonly marks: readonly string[];
  /** Key and certificate make it HTTPS. */
  readonly tls: { readonly key: string; readonly cert: string } | null;
  readonly connections: ConnectionLimits;
}

/**
 * The interface for information systems: X-Road's message protocol for REST. It reads node's own messages: a framework's
 * router would decode paths, drop bodies and refuse targets that X-Road forwards.
 */
export function createConsumerInterface(options: ConsumerInterfaceOptions): Server {
  const settings = {
    ...connectionTimeouts,
    maxHeaderSize,
    // node would answer without X-Road-Error: `respond` checks.
    requireHostHeader: false,
  };
  const server =
    options.tls === null
      ? http.createServer(settings)
      : https.createServer({
          ...settings,
          ...options.tls,
          handshakeTimeout,
          requestCert: true,
          rejectUnauthorized: false,
          minVersion: "TLSv1.2",
        });
  const handle = (request: IncomingMessage, response: ServerResponse) =>
    void respond(options, request, response);
  server.on("request", handle);
  server.on("checkContinue", handle);
  server.on("checkExpectation", handle);
  const { connections, dialect, log } = options;
  guardConnections(server, connections, (error) => log.failed(error));
  const refuse = (code?: string) =>
    renderProblem(problemOf(parserErrorOf(code), "consumer", null), null, dialect, undefined);
  refuseBadConnections(server, refuse, connections.lingerFor);
  // Else node drops those beyond 2,000 in silence; their size is bounded.
  server.maxHeadersCount = 0;
  return server;
}

async function respond(
  options: ConsumerInterfaceOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const address = request.socket.remoteAddress ?? "";
  const client = clientOf(options.services, request);
  const began = options.log.begin();
  let leave: () => void;
  try {
    checkVersion(request);
    leave = enter(options, client, address);
  } catch (error) {
    const reply = refused(error);
    options.services.monitor.ended(notTaken("consumer", reply.problem.code));
    await write(options, request, response, reply);
    return;
  }
  try {
    for (const own of [
      options.monitoring,
      options.catalogue,
      options.agreements,
      options.decisions,
      options.verification,
    ]) {
      if (!own.takes(request.url ?? "")) continue;
      const reply = await own.answer(options.services, toCall(request, response));
      await tellOwn(options, request, response, reply, began);
      return;
    }
    const isDownload = isEvidenceTarget(request.url ?? "");
    const answer = isDownload ? downloadEvidence : consume;
    const reply = await answer(options.services, toCall(request, response));
    options.log.consumed(reply, { address }, began);
    const { dialect } = options;
    // X-Road tells the outcome of a download by plain statuses, too.
    const told = isDownload ? { ...options, dialect: { ...dialect, statuses: "plain" as const } } : options;
    await write(told, request, response, reply);
  } finally {
    leave();
  }
}

/** Lets a call in, within the bounds of all, of its client and of its client's member. @returns what ends it */
function enter(
  { gate, shares }: ConsumerInterfaceOptions,
  client: ClientId | undefined,
  address: string,
): () => void {
  if (client === undefined) {
    gate.enter(address);
    return () => gate.leave(address);
  }
  const member = memberOf(client);
  shares.enter(member);
  try {
    gate.enter(client);
  } catch (error) {
    shares.leave(member);
    throw error;
  }
  return () => {
    gate.leave(client);
    shares.leave(member);
  };
}

/** What is our own answer has the statuses that HTTP means. */
async function tellOwn(
  options: ConsumerInterfaceOptions,
  request: IncomingMessage,
  response: ServerResponse,
  reply: OwnReply,
  began: number,
): Promise<void> {
  const { dialect, log, marks } = options;
  if (reply.kind === "problem") {
    log.consumed(reply, { address: request.socket.remoteAddress ?? "" }, began);
    await write({ ...options, dialect: { ...dialect, statuses: "plain" } }, request, response, reply);
    return;
  }
  if (!request.complete) response.shouldKeepAlive = false;
  const headers = ["Content-Type", reply.contentType, "Content-Length", String(reply.body.length)];
  const unkept = ["Cache-Control", "no-store", "X-Content-Type-Options", "nosniff"];
  endResponse(response.writeHead(200, [...headers, ...unkept, ...marks]), reply.body);
}

/** The client, served here, that a call says it comes from: whose share of the gate it takes. Not proved yet. */
function clientOf({ clients }: GatewayServices, { rawHeaders }: IncomingMessage): ClientId | undefined {
  const stated = clientHeaders.map((name) => placeOf(rawHeaders, name)).find((place) => place >= 0);
  if (stated === undefined) return undefined;
  try {
    const client = parseClientId(rawHeaders[stated + 1]!);
    return clients.has(client) ? client : undefined;
  } catch {
    return undefined;
  }
}

/** @throws SealwayError `bad_request`: node takes any version, and HTTP/1.1 has exactly one Host (RFC 9112 §3.2) */
function checkVersion({ rawHeaders, httpVersion }: IncomingMessage): void {
  if (httpVersion !== "1.1" && httpVersion !== "1.0")
    throw new SealwayError("bad_request", "the version is neither HTTP/1.1 nor HTTP/1.0");
  const host = placeOf(rawHeaders, "host");
  const isTold = host >= 0 || httpVersion === "1.0";
  if (!isTold || (host >= 0 && placeOf(rawHeaders, "host", host + 2) >= 0))
    throw new SealwayError("bad_request", "HTTP/1.1 has exactly one Host header");
}

/** Where a header stands as it was sent, its value behind it; -1 when it does not. @param name in small letters */
function placeOf(rawHeaders: readonly string[], name: string, from = 0): number {
  for (let i = from; i + 1 < rawHeaders.length; i += 2) {
    const stated = rawHeaders[i]!;
    if (stated.length === name.length && stated.toLowerCase() === name) return i;
  }
  return -1;
}

function refused(thrown: unknown): Extract<Reply, { kind: "problem" }> {
  const error = asSealwayError(thrown);
  return {
    kind: "problem",
    problem: problemOf(error, "consumer", null),
    queryId: null,
    error,
    client: null,
    trace: null,
  };
}

function toCall(request: IncomingMessage, response: ServerResponse): InformationSystemCall {
  const socket = request.socket as TLSSocket;
  return {
    method: request.method ?? "",
    target: govStackTarget(request.url ?? "", request.rawHeaders),
    rawHeaders: request.rawHeaders,
    body: request,
    connection: {
      kind: socket.encrypted === true ? "https" : "http",
      address: socket.remoteAddress ?? "",
      certificate: socket.encrypted === true ? tlsFingerprint(socket) : null,
    },
    proceed: () => {
      if (/^100-continue$/i.test(request.headers.expect ?? "")) response.writeContinue();
    },
  };
}

async function write(
  { dialect, marks }: ConsumerInterfaceOptions,
  request: IncomingMessage,
  response: ServerResponse,
  reply: Reply,
): Promise<void> {
  if (!request.complete) response.shouldKeepAlive = false;
  if (reply.kind === "problem") {
    const { status, headers, body } = renderProblem(
      reply.problem,
      reply.queryId,
      dialect,
      request.headers.accept,
      reply.headers,
    );
    endResponse(response.writeHead(status, [...headers, ...marks]), body);
    return;
  }
  const { status, reason, body } = reply;
  const headers = reply.headers.flat();
  headers.push("Sealway-Exchange-Id", reply.exchangeId, ...marks);
  if (reply.serviceVersion !== null) {
    headers.push("Sealway-Service-Version", reply.serviceVersion);
    headers.push("Sealway-Evidence", `/evidence/${reply.exchangeId}`);
  }
  const hasNoBody = request.method === "HEAD" || status === 204 || status === 304;
  if (!hasNoBody) headers.push("Content-Length", String(body?.length ?? 0));
  response.sendDate = !reply.headers.some(([name]) => name.toLowerCase() === "date");
  response.writeHead(status, reason, headers);
  await writeBody(response, body);
}
