import { createHash } from "node:crypto";
import { type Call, json, type Reply, refuse } from "./route.ts";
import { scanBlocks, usualScanBytes } from "./scan.ts";
import { parseWhole } from "./whole-number.ts";

const decisionId = /^[A-Z]{1,3}-\d{4}-\d{1,9}$/;
const mostBytes = 4 * 1024 ** 3;

/** GET /decisions/{id}/scan?bytes=…: the scan, up to 4 GiB, streamed as fast as the caller reads. */
export function getScan({ parameters, query }: Call): Reply {
  const id = parameters.id!;
  if (!decisionId.test(id)) return refuse(404, "unknown_decision", "decisions are named like PR-2026-17");
  const length = parseWhole(query.get("bytes"), usualScanBytes(id), mostBytes);
  if (length === undefined) return refuse(400, "bad_length", "bytes is a whole number up to 4 GiB");
  return { kind: "stream", type: "application/octet-stream", length, blocks: scanBlocks(id, length) };
}

/** POST /decisions: takes a scan of any length and tells what arrived; nothing is kept. */
export async function postDecision({ request }: Call): Promise<Reply> {
  const digest = createHash("sha256");
  let bytes = 0;
  for await (const block of request as AsyncIterable<Buffer>) {
    digest.update(block);
    bytes += block.length;
  }
  return json({ bytes, sha256: digest.digest("hex") }, 201);
}
