import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";

/**
 * Where ports are taken from: between those that need a privilege and those that systems give away for connections
 * (32,768 on, on Linux), for a connection of anybody's could take one of those before we do. Those of whole countries
 * and single ones lie apart.
 */
export const freePorts = {
  blocks: { from: 10_000, size: 100, count: 100 },
  single: { from: 20_000, count: 12_000 },
};

/**
 * Keeps a port for this process until it ends: nobody else who asks here is given it, though nothing listens there yet,
 * or not at the moment. Held is the UDP port of the same number, for which there is no use here.
 * @returns false when it is another's, or kept already
 */
export async function keepPort(port: number): Promise<boolean> {
  const socket = createSocket("udp4");
  try {
    const listening = once(socket, "listening");
    socket.bind({ port, address: "127.0.0.1", exclusive: true });
    await listening;
    socket.unref();
    return true;
  } catch {
    socket.close();
    return false;
  }
}

/** A TCP port of loopback that is free now and that nobody else who asks here is given while this process runs. */
export async function freePort(): Promise<number> {
  const { from, count } = freePorts.single;
  const port = from + Math.floor(Math.random() * count);
  if (!(await keepPort(port))) return freePort();
  const server = createServer().listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch {
    return freePort();
  }
  await once(server.close(), "close");
  return port;
}
