import type { IncomingMessage, ServerResponse } from "node:http";
import { endResponse } from "./end-response.ts";

/** A call of the witness interface, as it came: all of it is the caller's choice. */
export interface WitnessCall {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Buffer;
  /** SHA-256 (base64url) of the certificate that the connection shows. */
  readonly certificate: string | null;
}

/** Answers it. */
export type RespondAsWitness = (
  call: WitnessCall,
) => Promise<{ readonly status: number; readonly type: string; readonly body: string }>;

/** Where paths of the witness interface begin. */
export const witnessPaths = "/witness/";

/** Bytes of a call; checkpoints, proofs and records are shorter. */
const mostBytes = 72 * 1024;
/** Calls at once: each holds its body in memory. */
const mostRunning = 64;
let running = 0;

/** Reads a call of the witness interface whole and answers it. It never fails: the caller is told what there is. */
export async function serveWitness(
  respond: RespondAsWitness,
  certificate: string | null,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (running >= mostRunning) return answer(response, 503, "too many calls at once");
  running++;
  try {
    const body = await readBody(request);
    if (body === undefined) return answer(response, 413, "the body is too long");
    const { pathname, searchParams } = new URL(request.url ?? "", "https://gateway");
    const call = { method: request.method ?? "", path: pathname, query: searchParams, body, certificate };
    const { status, type, body: text } = await respond(call);
    answer(response, status, text, type);
  } catch {
    answer(response, 500, "the witness cannot do its work");
  } finally {
    running--;
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request) {
    length += part.length;
    if (length > mostBytes) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function answer(
  response: ServerResponse,
  status: number,
  text: string,
  type = "text/plain; charset=utf-8",
): void {
  if (response.headersSent) return;
  const body = Buffer.from(text);
  if (status === 413 || status === 503) response.shouldKeepAlive = false;
  response.writeHead(status, {
    "content-type": type,
    "content-length": body.length,
    "cache-control": "no-store",
  });
  endResponse(response, body);
}
