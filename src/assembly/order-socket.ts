import { once } from "node:events";
import { rm } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { asSealwayError, SealwayError } from "../core/errors.ts";

/*
 * How a command on the same machine orders something of the running server: a Unix socket in its state directory,
 * which the server's user alone can open. One order is one line, and so is its answer; neither touches the disk.
 */

const name = "orders.sock";
/** Longest order (a service description of 1 MiB in base64), and longest path that a socket may have on every system; bytes. */
const mostBytes = 1.5 * 1024 * 1024;
const longestPath = 100;

type Answer =
  | { readonly report: unknown }
  | { readonly error: { readonly code: string; readonly detail: string } };

/**
 * Takes orders until it is closed.
 * @param execute does what an order says; an error is told to whoever gave it
 * @returns undefined when the path of the state directory is too long for a socket
 */
export async function takeOrders(
  stateDirectory: string,
  execute: (order: Buffer) => Promise<unknown>,
): Promise<Server | undefined> {
  const path = join(stateDirectory, name);
  if (!hasRoomForOrders(stateDirectory)) return undefined;
  await rm(path, { force: true });
  const server = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    void answer(socket, execute).catch(() => socket.destroy());
  });
  const listening = once(server, "listening");
  // Its owner's alone from the first moment: it is bound before this returns.
  const mask = process.umask(0o177);
  server.listen(path);
  process.umask(mask);
  await listening;
  return server;
}

/** Whether the path of the state directory leaves room for the socket. */
export function hasRoomForOrders(stateDirectory: string): boolean {
  return Buffer.byteLength(join(stateDirectory, name)) <= longestPath;
}

/** Whether a running server takes orders there. @throws Error of the file system when that must not be asked */
export async function takesOrders(stateDirectory: string): Promise<boolean> {
  const socket = await connected(join(stateDirectory, name));
  socket?.destroy();
  return socket !== undefined;
}

/**
 * Gives an order to the running server.
 * @returns undefined when none is running
 * @throws SealwayError as the server said it; `internal_error` when it broke off
 */
export async function giveOrder(
  stateDirectory: string,
  order: object,
): Promise<{ report: unknown } | undefined> {
  const socket = await connected(join(stateDirectory, name));
  if (socket === undefined) return undefined;
  try {
    socket.write(`${JSON.stringify(order)}\n`);
    const line = await readLine(socket);
    if (line === undefined)
      throw new SealwayError("internal_error", "the server broke off; look whether it was done");
    const answered = JSON.parse(line.toString("utf8")) as Answer;
    if ("error" in answered)
      throw new SealwayError(answered.error.code as "bad_request", answered.error.detail);
    return answered;
  } finally {
    socket.destroy();
  }
}

async function answer(socket: Socket, execute: (order: Buffer) => Promise<unknown>): Promise<void> {
  const line = await readLine(socket);
  if (line === undefined) {
    socket.destroy();
    return;
  }
  let told: Answer;
  try {
    told = { report: await execute(line) };
  } catch (error) {
    const { code, detail } = asSealwayError(error);
    told = { error: { code, detail: code === "internal_error" ? (error as Error).message : detail } };
  }
  socket.end(`${JSON.stringify(told)}\n`);
}

async function readLine(socket: Socket): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    const end = part.indexOf(0x0a);
    parts.push(end < 0 ? part : part.subarray(0, end));
    length += part.length;
    if (end >= 0) return Buffer.concat(parts);
    if (length > mostBytes) return undefined;
  }
  return undefined;
}

function connected(path: string): Promise<Socket | undefined> {
  if (Buffer.byteLength(path) > longestPath) return Promise.resolve(undefined);
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once("connect", () => resolve(socket));
    socket.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" || error.code === "ECONNREFUSED") resolve(undefined);
      else reject(error);
    });
  });
}
