import type { IncomingMessage, ServerResponse } from "node:http";
import https, { type Server } from "node:https";
import type { TLSSocket } from "node:tls";
import { errorCodes } from "../core/error-codes.ts";
import { asSealwayError, SealwayError } from "../core/errors.ts";
import type { GatewayServices } from "../exchange/gateway-services.ts";
import { problemOf, serializeProblem } from "../exchange/problem.ts";
import { type PeerReply, provide } from "../exchange/provide.ts";
import { exchangePath, maxWireHeaderBytes, toWireHeaders } from "../message/wire.ts";
import type { AdmissionGate } from "./admission-gate.ts";
import type { ExchangeLog } from "./exchange-log.ts";
import { tlsFingerprint } from "./tls-fingerprint.ts";
import { writeBody } from "./write-body.ts";

export interface PeerInterfaceOptions {
  readonly services: GatewayServices;
  readonly gate: AdmissionGate;
  readonly log: ExchangeLog;
  readonly tls: { readonly key: string; readonly cert: string };
}

/**
 * The interface for other gateways: `POST /exchange/v1` over mutual TLS 1.3, HTTP/1.1. TLS proves possession of a key
 * only; whose it is, is judged for every message by the configuration in force.
 */
export function createPeerInterface(options: PeerInterfaceOptions): Server {
  const server = https.createServer({
    ...options.tls,
    requestCert: true,
    rejectUnauthorized: false,
    minVersion: "TLSv1.3",
    ALPNProtocols: ["http/1.1"],
    maxHeaderSize: maxWireHeaderBytes,
    keepAliveTimeout: 75_000,
    headersTimeout: 20_000,
    requestTimeout: 0,
  });
  const handle = (request: IncomingMessage, response: ServerResponse) =>
    void respond(options, request, response);
  server.on("request", handle);
  server.on("checkContinue", handle);
  return server;
}

async function respond(
  options: PeerInterfaceOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const certificate = tlsFingerprint(request.socket as TLSSocket);
  const caller = certificate ?? "";
  const began = options.log.begin();
  try {
    if (request.method !== "POST" || request.url !== exchangePath)
      throw new SealwayError("not_found", `only POST ${exchangePath}`);
    options.gate.enter(caller);
  } catch (thrown) {
    const error = asSealwayError(thrown);
    await write(request, response, { kind: "unsigned", error, problem: problemOf(error, "provider", null) });
    return;
  }
  try {
    const { rawHeaders } = request;
    const proceed = () => {
      if (request.headers.expect !== undefined) response.writeContinue();
    };
    const reply = await provide(options.services, { rawHeaders, body: request, certificate, proceed });
    options.log.provided(reply, certificate, began);
    await write(request, response, reply);
  } finally {
    options.gate.leave(caller);
  }
}

async function write(request: IncomingMessage, response: ServerResponse, reply: PeerReply): Promise<void> {
  if (!request.complete) response.shouldKeepAlive = false;
  response.sendDate = false;
  if (reply.kind === "unsigned") {
    const { status } = errorCodes[reply.problem.code];
    const body = serializeProblem(reply.problem);
    const retry = status === 503 || status === 409 ? { "retry-after": "1" } : {};
    response
      .writeHead(status, { "content-type": "application/json", "content-length": body.length, ...retry })
      .end(body);
    return;
  }
  response.writeHead(200, { ...toWireHeaders(reply.message), "content-length": reply.body?.length ?? 0 });
  await writeBody(response, reply.body);
}
