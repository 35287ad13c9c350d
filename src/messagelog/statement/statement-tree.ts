import { sha256 } from "../../core/bytes.ts";
import { leafHash, nodeHash } from "../checkpoint/merkle-tree.ts";
import type { Entry, Sum } from "./pair-hour.ts";

/*
 * The tree over the exchanges of a statement: a Merkle tree (RFC 6962 §2.1) over the answered exchanges in the order of
 * their ids. A leaf is the id (16 bytes), SHA-256 of the request's and of the answer's compact signature.
 */

const noDigest = Buffer.alloc(32);

/** @param entries in the order of their ids; those without answer do not count */
export function sumOf(entries: readonly Entry[]): Sum {
  const leaves = entries.filter(({ answer }) => answer !== null).map(leafOf);
  return { count: leaves.length, root: rootOf(leaves).toString("base64url") };
}

function leafOf({ id, request, answer }: Entry): Buffer {
  const digest = (text: string | null) => (text === null ? noDigest : Buffer.from(text, "base64url"));
  const name = Buffer.from(id.replaceAll("-", ""), "hex");
  return leafHash(Buffer.concat([name, digest(request), digest(answer)]));
}

/** Level by level: an odd last node moves up as it is, which makes the tree of the RFC. */
function rootOf(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 0) return sha256("");
  let level = leaves;
  while (level.length > 1) {
    const above: Buffer[] = [];
    for (let i = 0; i + 1 < level.length; i += 2) above.push(nodeHash(level[i]!, level[i + 1]!));
    if (level.length % 2 === 1) above.push(level.at(-1)!);
    level = above;
  }
  return level[0]!;
}
