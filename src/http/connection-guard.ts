import { once } from "node:events";
import type { Server } from "node:http";
import type { Socket } from "node:net";
import { Server as TlsServer } from "node:tls";
import { AdmissionGate } from "../core/admission-gate.ts";

export interface ConnectionLimits {
  /** Connections at once; one address gets half of them. */
  readonly most: number;
  /** How long a caller may take nothing of what is written to it, milliseconds. */
  readonly stalledAfter: number;
  /** How long what a caller sends behind its last answer is thrown away, milliseconds. */
  readonly lingerFor: number;
}

/** What node itself closes; bodies have the deadline of their exchange. Milliseconds. */
export const connectionTimeouts = {
  keepAliveTimeout: 75_000,
  headersTimeout: 20_000,
  connectionsCheckingInterval: 10_000,
  requestTimeout: 0,
} as const;

/** Until a TLS connection is ready, and so how long one that never is holds up the end of a server; milliseconds. */
export const handshakeTimeout = 5_000;

export const connectionLimits: ConnectionLimits = { most: 4_096, stalledAfter: 30_000, lingerFor: 5_000 };

/** The connections of a server, node's own and those that it has forgotten, with the bytes that each had taken. */
const connections = new WeakMap<Server, Map<Socket, number>>();

/**
 * Bounds what strangers can do with connections alone: how many there are, and how long one stays whose caller takes
 * nothing of what is written to it, or keeps its side open after ours has ended. Nothing that breaks on a connection
 * ends the process.
 * @param failed told when the server can take no connection
 */
export function guardConnections(
  server: Server,
  { most, stalledAfter }: ConnectionLimits,
  failed: (error: Error) => void,
): void {
  const gate = new AdmissionGate(most);
  const taken = new Map<Socket, number>();
  connections.set(server, taken);
  server.maxConnections = most;
  // The socket below a TLS connection sees none of its bytes, and destroyed before it, it ends the process.
  server.on(server instanceof TlsServer ? "secureConnection" : "connection", (socket: Socket) => {
    taken.set(socket, nothingToTake);
    socket.once("close", () => taken.delete(socket));
    // What must be known of it is told by the exchange that ran over it.
    socket.on("error", ignore);
    admit(gate, socket);
  });
  server.on("error", failed);
  server.once("listening", () => {
    const timer = setInterval(() => closeStalled(taken), stalledAfter).unref();
    server.once("close", () => clearInterval(timer));
  });
}

/**
 * Closes a guarded server with every connection, as soon as what is written to it is taken.
 * @param within how long that may take, milliseconds
 */
export async function closeGuarded(server: Server, within: number): Promise<void> {
  const closed = once(server, "close");
  server.close();
  const open = [...(connections.get(server)?.keys() ?? [])];
  for (const socket of open) socket.destroySoon();
  const timer = setTimeout(() => {
    for (const socket of open) socket.destroy();
  }, within);
  await closed;
  clearTimeout(timer);
}

function admit(gate: AdmissionGate, socket: Socket): void {
  const address = socket.remoteAddress ?? "";
  try {
    gate.enter(address);
  } catch {
    socket.destroy();
    return;
  }
  socket.once("close", () => gate.leave(address));
}

const nothingToTake = -1;

/** Closes the connections that took nothing since the last time; a block of a body is taken as a whole. */
function closeStalled(taken: Map<Socket, number>): void {
  for (const [socket, before] of taken) {
    const isOver = socket.writableEnded;
    const now =
      socket.writableLength > 0 || isOver ? socket.bytesWritten - socket.writableLength : nothingToTake;
    if (now !== nothingToTake && now === before) socket.destroy();
    else taken.set(socket, now);
  }
}

function ignore(): void {}
