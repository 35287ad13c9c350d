import type { Server } from "node:http";
import type { Socket } from "node:net";
import { AdmissionGate } from "../core/admission-gate.ts";

/**
 * Connections at once; one address gets half of them. Files are opened from the same supply, so that without a bound who
 * holds connections keeps the authority from publishing.
 */
export const mostConnections = 8_192;

/** Bounds how many connections strangers hold. */
export function limitConnections(server: Server, most: number): void {
  const gate = new AdmissionGate(most);
  server.maxConnections = most;
  server.on("connection", (socket: Socket) => {
    const address = socket.remoteAddress ?? "";
    try {
      gate.enter(address);
    } catch {
      socket.destroy();
      return;
    }
    socket.once("close", () => gate.leave(address));
  });
}
