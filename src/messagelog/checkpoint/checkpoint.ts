import { fromBase64 } from "../../core/bytes.ts";
import { canonicalJson } from "../../core/canonical-json.ts";
import { SealwayError } from "../../core/errors.ts";
import type { Batch, Tip } from "../message-store.ts";
import { leafHash, mostLeaves, type TreeHead } from "./merkle-tree.ts";

/*
 * A checkpoint of a server's log (C2SP tlog-checkpoint): origin, how many batches, root of the Merkle tree over them,
 * and, as extension lines, where the chains of its writers stood. Extension lines are the server's own word: a witness
 * says nothing of them. What they say is in the tree, too: the last batch has the same chains as leaves.
 */

export interface Checkpoint extends TreeHead {
  readonly origin: string;
  /** The chains of the writers that the last batch covers. */
  readonly heads: readonly Tip[];
}

const mostHeads = 1000;
const headForm = /^writer ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}) ([1-9]\d{0,14}) (\S{44})$/;
const numberForm = /^(?:0|[1-9]\d{0,9})$/;

/** The name of a server in notes: a key name has no plus sign. */
export function originOf(server: string): string {
  return server.replaceAll("+", "%2B");
}

/** The name of the governing authority as a witness. */
export function authorityName(instance: string): string {
  return originOf(`${instance}/authority`);
}

/** What the tree has of a batch: its number, its root and what it spans. Through the root it binds all else. */
export function batchLeaf({ number, root, spans }: Pick<Batch, "number" | "root" | "spans">): Buffer {
  const listed = spans.map(({ writer, first, last }) => ({ first, last, writer }));
  return leafHash(
    Buffer.from(canonicalJson({ batch: number, root: root.toString("base64url"), spans: listed, v: 1 })),
  );
}

export function formatCheckpoint({ origin, size, root, heads }: Checkpoint): string {
  const lines = [origin, String(size), root.toString("base64")];
  for (const { writer, number, chain } of heads) {
    lines.push(`writer ${writer} ${number} ${chain.toString("base64")}`);
  }
  return `${lines.join("\n")}\n`;
}

/** @param text of a note, attacker-controlled. @throws SealwayError `malformed_checkpoint` */
export function parseCheckpoint(text: string): Checkpoint {
  const [origin = "", sizeText = "", rootText = "", ...extensions] = text.slice(0, -1).split("\n");
  const root = fromBase64(rootText);
  const size = parseSize(sizeText);
  if (origin === "" || size === undefined || root?.length !== 32) throw malformed("a line is malformed");
  if (extensions.length > mostHeads) throw malformed("too many lines");
  return { origin, size, root, heads: extensions.map(parseHead) };
}

/** @returns undefined unless it is a decimal in its one spelling, and not too large */
export function parseSize(text: string): number | undefined {
  const size = numberForm.test(text) ? Number(text) : Number.NaN;
  return size <= mostLeaves ? size : undefined;
}

function parseHead(line: string): Tip {
  const [, writer, number, chainText] = headForm.exec(line) ?? [];
  const chain = fromBase64(chainText ?? "");
  if (writer === undefined || chain?.length !== 32) throw malformed("a head is malformed");
  return { writer, number: Number(number), chain };
}

function malformed(detail: string): SealwayError {
  return new SealwayError("malformed_checkpoint", `checkpoint: ${detail}`);
}
