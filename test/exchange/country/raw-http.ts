import { once } from "node:events";
import { connect as connectPlain, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";

/** An answer as it stood on the wire. */
export interface RawAnswer {
  readonly status: number;
  readonly reason: string;
  /** In their order and case, duplicates kept. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
  /** How many `100 Continue` came before. */
  readonly continues: number;
  /** The values of a header, by name in any case. */
  all(name: string): string[];
  /** The only value of a header; undefined when there is none. @throws Error when there are several */
  header(name: string): string | undefined;
  json(): Record<string, unknown>;
}

/** How to reach an interface: plain HTTP, or TLS with what TLS wants. */
export interface Door {
  readonly port: number;
  readonly tls?: ConnectionOptions;
}

/** A connection on which a test writes every byte itself. */
export async function open({ port, tls }: Door): Promise<Socket> {
  const to = { port, host: "127.0.0.1" };
  const socket =
    tls === undefined ? connectPlain(to) : connectTls({ ...to, rejectUnauthorized: false, ...tls });
  socket.on("error", () => {});
  await once(socket, tls === undefined ? "connect" : "secureConnect");
  return socket;
}

/**
 * Sends bytes on a new connection and reads the answer, until it is complete or the connection ends.
 * @throws Error when no answer came
 */
export async function exchangeBytes(door: Door, bytes: Buffer | string): Promise<RawAnswer> {
  const socket = await open(door);
  const sent = typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes;
  socket.write(sent);
  return readAnswer(socket, sent.subarray(0, 5).toString("latin1") === "HEAD ");
}

/** Reads one answer and closes the connection. */
export async function readAnswer(socket: Socket, isHead = false): Promise<RawAnswer> {
  let received = Buffer.alloc(0);
  try {
    for await (const chunk of socket) {
      received = Buffer.concat([received, chunk as Buffer]);
      const answer = parse(received, isHead);
      if (answer !== undefined) return answer;
    }
  } catch (cause) {
    throw new Error("the connection broke before the answer was complete", { cause });
  } finally {
    socket.destroy();
  }
  const answer = parse(received, isHead, "ended");
  if (answer === undefined) throw new Error(`no complete answer, but ${received.length} bytes`);
  return answer;
}

function parse(received: Buffer, isHead: boolean, end?: "ended"): RawAnswer | undefined {
  let rest = received;
  for (let continues = 0; ; continues++) {
    const at = rest.indexOf("\r\n\r\n");
    if (at < 0) return undefined;
    const [line = "", ...lines] = rest.subarray(0, at).toString("latin1").split("\r\n");
    const [, status, reason = ""] = /^HTTP\/1\.1 (\d{3}) ?(.*)$/.exec(line) ?? [];
    if (status === undefined) throw new Error(`no HTTP/1.1: ${line}`);
    rest = rest.subarray(at + 4);
    if (status === "100") continue;
    const headers = lines.map((text): [string, string] => {
      const colon = text.indexOf(":");
      return [text.slice(0, colon), text.slice(colon + 1).trim()];
    });
    const body = bodyOf(rest, Number(status), headers, isHead, end);
    return body && answerOf(Number(status), reason, headers, body, continues);
  }
}

function bodyOf(
  rest: Buffer,
  status: number,
  headers: readonly (readonly [string, string])[],
  isHead: boolean,
  end: "ended" | undefined,
): Buffer | undefined {
  if (isHead || status === 204 || status === 304) return Buffer.alloc(0);
  const value = (wanted: string) => headers.find(([name]) => name.toLowerCase() === wanted)?.[1];
  if (value("transfer-encoding") === "chunked") return dechunk(rest);
  const length = value("content-length");
  if (length === undefined) return end && rest;
  return rest.length >= Number(length) ? rest.subarray(0, Number(length)) : undefined;
}

function dechunk(rest: Buffer): Buffer | undefined {
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const end = rest.indexOf("\r\n", at);
    if (end < 0) return undefined;
    const size = Number.parseInt(rest.subarray(at, end).toString("latin1"), 16);
    if (rest.length < end + 2 + size + 2) return undefined;
    if (size === 0) return Buffer.concat(chunks);
    chunks.push(rest.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
}

function answerOf(
  status: number,
  reason: string,
  headers: RawAnswer["headers"],
  body: Buffer,
  continues: number,
): RawAnswer {
  const all = (wanted: string) =>
    headers.filter(([name]) => name.toLowerCase() === wanted.toLowerCase()).map(([, value]) => value);
  const header = (wanted: string) => {
    const values = all(wanted);
    if (values.length > 1) throw new Error(`${wanted} stands ${values.length} times in the answer`);
    return values[0];
  };
  const json = () => JSON.parse(body.toString("utf8")) as Record<string, unknown>;
  return { status, reason, headers, body, continues, all, header, json };
}
