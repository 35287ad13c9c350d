import { setTimeout as wait } from "node:timers/promises";
import { readBody } from "./read-body.ts";
import { type Call, json, type Reply, refuse } from "./route.ts";
import { parseWhole } from "./whole-number.ts";

/*
 * For tests and benchmarks only: an information system that answers as it is told, well or badly.
 */
const inMemory = 64 * 1024;
const usualBytes = 1024;
const mostBytes = 1024 * 1024;
const longestWait = 600_000;

/** GET /echo?bytes=…: a JSON document of exactly that many bytes, 1 KiB by default. */
export function getEcho({ query }: Call): Reply {
  const bytes = parseWhole(query.get("bytes"), usualBytes, mostBytes);
  const frame = '{"echo":""}';
  if (bytes === undefined || bytes < frame.length)
    return refuse(400, "bad_length", "bytes is 11 to 1,048,576");
  return {
    kind: "bytes",
    type: "application/json",
    body: Buffer.from(`{"echo":"${"x".repeat(bytes - frame.length)}"}`),
  };
}

/** POST /echo: the body as it came, with its media type; long or chunked bodies stream through. */
export async function postEcho({ request }: Call): Promise<Reply> {
  const type = request.headers["content-type"] ?? "application/octet-stream";
  const announced = request.headers["content-length"];
  const length = announced === undefined ? undefined : Number(announced);
  if (length === undefined || length > inMemory) return { kind: "stream", type, length, blocks: request };
  return { kind: "bytes", type, body: (await readBody(request, inMemory))! };
}

/** GET /slow?ms=…: the answer after that many milliseconds, 1,000 by default. */
export async function getSlow({ query }: Call): Promise<Reply> {
  const ms = parseWhole(query.get("ms"), 1000, longestWait);
  if (ms === undefined) return refuse(400, "bad_wait", "ms is a whole number up to 600,000");
  await wait(ms, undefined, { ref: false });
  return json({ waitedMs: ms });
}

/** GET /status/{code}: that status, 200 to 599, with a JSON body where the status may have one. */
export function getStatus({ parameters }: Call): Reply {
  const status = parseWhole(parameters.code!, 0, 599);
  if (status === undefined || status < 200) return refuse(400, "bad_status", "the status is 200 to 599");
  if (status === 204 || status === 205 || status === 304) return { kind: "empty", status };
  return json({ status }, status);
}

/** GET /cut?after=…: announces 64 KiB, sends so many bytes, 1 KiB by default, and breaks the connection. */
export function getCut({ query }: Call): Reply {
  const sent = parseWhole(query.get("after"), usualBytes, inMemory - 1);
  if (sent === undefined) return refuse(400, "bad_length", "after is a whole number up to 65,535");
  return { kind: "cut", announced: inMemory, sent };
}
