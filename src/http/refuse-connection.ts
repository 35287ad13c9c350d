import { type Server, type ServerResponse, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";

/** An answer to what never became a request. */
export interface LastAnswer {
  readonly status: number;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/** It broke, or TLS is not ready. */
const cannotBeTold = /^(?:ECONNRESET$|EPIPE$|ERR_TLS_|ERR_SSL_)/;

/**
 * Answers what node's parser refuses before any handler sees it, CONNECT among it, and ends the connection. Node forgets
 * such a socket: it has no listener for errors, nobody reads it, and no time-out closes it.
 * @param answer by the `code` of what is wrong
 * @param lingerFor how long what the caller still sends is thrown away, so that it can read why; milliseconds
 */
export function refuseBadConnections(
  server: Server,
  answer: (code: string | undefined) => LastAnswer,
  lingerFor: number,
): void {
  const latest = new WeakMap<Duplex, ServerResponse>();
  const refused = new WeakSet<Duplex>();
  const refuse = (error: { readonly code?: string }, socket: Duplex) => {
    // The parser complains about every further byte.
    if (refused.has(socket)) return;
    refused.add(socket);
    socket.on("error", ignore);
    afterEarlier(latest.get(socket), () => {
      if (cannotBeTold.test(error.code ?? "") || !socket.writable) socket.destroy();
      else end(socket, answer(error.code), lingerFor);
    });
  };
  for (const event of ["request", "checkContinue", "checkExpectation"]) {
    if (server.listenerCount(event) > 0)
      server.on(event, (request, response) => latest.set(request.socket, response));
  }
  server.on("connect", (_, socket) => refuse({ code: "HPE_INVALID_METHOD" }, socket));
  server.on("clientError", refuse);
}

/** Calls before the bad one on its connection have their answers first, else it would be taken for one of theirs. */
function afterEarlier(earlier: ServerResponse | undefined, act: () => void): void {
  if (earlier?.req.complete && !earlier.writableFinished) earlier.once("close", act);
  else act();
}

function end(socket: Duplex, { status, headers, body }: LastAnswer, lingerFor: number): void {
  const timer = setTimeout(() => socket.destroy(), lingerFor);
  socket.once("close", () => clearTimeout(timer));
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n`;
  for (let i = 0; i < headers.length; i += 2) head += `${headers[i]}: ${headers[i + 1]}\r\n`;
  socket.end(Buffer.concat([Buffer.from(`${head}Connection: close\r\n\r\n`, "latin1"), body]));
  socket.resume();
}

function ignore(): void {}
