import { fromBase64 } from "../../core/bytes.ts";
import { SealwayError } from "../../core/errors.ts";
import { parseSize } from "./checkpoint.ts";
import { mostNoteBytes } from "./signed-note.ts";

/** What `add-checkpoint` carries (C2SP tlog-witness). */
export interface AddCheckpoint {
  /** Size of the checkpoint that the witness cosigned last, as the log knows it. */
  readonly oldSize: number;
  /** From the old size to that of the checkpoint. */
  readonly proof: readonly Buffer[];
  /** A signed note. */
  readonly checkpoint: string;
}

/** C2SP tlog-witness allows so many. */
const mostProofLines = 63;

/** Longest request, bytes. */
export const mostRequestBytes = mostNoteBytes + 4096;

export function formatAddCheckpoint({ oldSize, proof, checkpoint }: AddCheckpoint): string {
  const lines = [`old ${oldSize}`, ...proof.map((node) => node.toString("base64"))];
  return `${lines.join("\n")}\n\n${checkpoint}`;
}

/** @param body attacker-controlled. @throws SealwayError `malformed_checkpoint` */
export function parseAddCheckpoint(body: string): AddCheckpoint {
  const end = body.indexOf("\n\n");
  const [first = "", ...lines] = body.slice(0, Math.max(end, 0)).split("\n");
  const oldSize = first.startsWith("old ") ? parseSize(first.slice(4)) : undefined;
  if (end < 0 || oldSize === undefined || lines.length > mostProofLines) throw malformed();
  const proof = lines.map((line) => {
    const node = fromBase64(line);
    if (node?.length !== 32) throw malformed();
    return node;
  });
  return { oldSize, proof, checkpoint: body.slice(end + 2) };
}

function malformed(): SealwayError {
  return new SealwayError("malformed_checkpoint", "the request is not that of add-checkpoint");
}
