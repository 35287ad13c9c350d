import type { IncomingMessage, ServerResponse } from "node:http";
import https, { type Server } from "node:https";
import type { TLSSocket } from "node:tls";
import type { AdmissionGate } from "../core/admission-gate.ts";
import { errorCodes } from "../core/error-codes.ts";
import { asSealwayError, SealwayError } from "../core/errors.ts";
import { notTaken } from "../exchange/exchange-account.ts";
import type { GatewayServices } from "../exchange/gateway-services.ts";
import { problemOf, serializeProblem } from "../exchange/problem.ts";
import { type PeerReply, provide } from "../exchange/provide.ts";
import { exchangePath, maxWireHeaderBytes, toWireHeaders } from "../message/wire.ts";
import {
  type ConnectionLimits,
  connectionTimeouts,
  guardConnections,
  handshakeTimeout,
} from "./connection-guard.ts";
import { endResponse } from "./end-response.ts";
import type { ExchangeLog } from "./exchange-log.ts";
import { type LastAnswer, refuseBadConnections } from "./refuse-connection.ts";
import { tlsFingerprint } from "./tls-fingerprint.ts";
import { type RespondAsWitness, serveWitness, witnessPaths } from "./witness-interface.ts";
import { writeBody } from "./write-body.ts";

export interface PeerInterfaceOptions {
  readonly services: GatewayServices;
  readonly gate: AdmissionGate;
  /** This server as a witness of its peers' logs. */
  readonly witness: RespondAsWitness;
  readonly log: ExchangeLog;
  readonly tls: { readonly key: string; readonly cert: string };
  readonly connections: ConnectionLimits;
}

/**
 * The interface for other gateways: `POST /exchange/v1` over mutual TLS 1.3, HTTP/1.1, and beside it the witness of
 * their logs. TLS proves possession of a key only; whose it is, is judged for every message by the configuration in
 * force.
 */
export function createPeerInterface(options: PeerInterfaceOptions): Server {
  const server = https.createServer({
    ...options.tls,
    requestCert: true,
    rejectUnauthorized: false,
    minVersion: "TLSv1.3",
    ALPNProtocols: ["http/1.1"],
    ...connectionTimeouts,
    handshakeTimeout,
    maxHeaderSize: maxWireHeaderBytes,
  });
  const handle = (request: IncomingMessage, response: ServerResponse) =>
    void respond(options, request, response);
  server.on("request", handle);
  server.on("checkContinue", handle);
  guardConnections(server, options.connections, (error) => options.log.failed(error));
  refuseBadConnections(server, refuse, options.connections.lingerFor);
  return server;
}

/** Also what node's parser refuses gets an error that says what to do. */
function refuse(code = "unknown"): LastAnswer {
  const error = new SealwayError("malformed_message", `not well-formed HTTP/1.1 (${code})`);
  const body = serializeProblem(problemOf(error, "provider", null));
  const headers = ["Content-Type", "application/json", "Content-Length", String(body.length)];
  return { status: errorCodes.malformed_message.status, headers, body };
}

async function respond(
  options: PeerInterfaceOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const certificate = tlsFingerprint(request.socket as TLSSocket);
  if (request.url?.startsWith(witnessPaths)) {
    return serveWitness(options.witness, certificate, request, response);
  }
  const caller = certificate ?? "";
  const address = request.socket.remoteAddress ?? "";
  const began = options.log.begin();
  try {
    if (request.method !== "POST" || request.url !== exchangePath)
      throw new SealwayError("not_found", `only POST ${exchangePath}`);
    options.gate.enter(caller);
  } catch (thrown) {
    const error = asSealwayError(thrown);
    options.services.monitor.ended(notTaken("provider", error.code));
    await write(request, response, { kind: "unsigned", error, problem: problemOf(error, "provider", null) });
    return;
  }
  try {
    const { rawHeaders } = request;
    const proceed = () => {
      if (request.headers.expect !== undefined) response.writeContinue();
    };
    const reply = await provide(options.services, { rawHeaders, body: request, certificate, proceed });
    options.log.provided(reply, { address, certificate }, began);
    await write(request, response, reply);
  } finally {
    options.gate.leave(caller);
  }
}

async function write(request: IncomingMessage, response: ServerResponse, reply: PeerReply): Promise<void> {
  if (!request.complete) response.shouldKeepAlive = false;
  response.sendDate = false;
  if (reply.kind === "unsigned") {
    const { code } = reply.problem;
    const { status } = errorCodes[code];
    const body = serializeProblem(reply.problem);
    // Whoever is told to retry asks again; what was answered, replayed or half done never gets another answer.
    const isUnable = status === 503 && code !== "interrupted";
    const retry = isUnable || code === "exchange_in_progress" ? { "retry-after": "1" } : {};
    response.writeHead(status, {
      ...{ "content-type": "application/json", "content-length": body.length },
      ...retry,
    });
    endResponse(response, body);
    return;
  }
  response.writeHead(200, { ...toWireHeaders(reply.message), "content-length": reply.body?.length ?? 0 });
  await writeBody(response, reply.body);
}
