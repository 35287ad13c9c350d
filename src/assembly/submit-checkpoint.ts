import { parseSize } from "../messagelog/checkpoint/checkpoint.ts";
import type { Discontinuity } from "../messagelog/checkpoint/discontinuity.ts";
import { consistencyProof } from "../messagelog/checkpoint/merkle-tree.ts";
import {
  cosignatureTime,
  type NoteSignature,
  parseSignatureLines,
} from "../messagelog/checkpoint/signed-note.ts";
import type { TreeFile } from "../messagelog/checkpoint/tree-file.ts";
import { formatAddCheckpoint } from "../messagelog/checkpoint/witness-request.ts";
import type { WitnessPlace } from "./witness-places.ts";

/** What is sent. */
export interface Submission {
  readonly text: string;
  /** The signed note. */
  readonly note: string;
  readonly size: number;
  readonly tree: TreeFile;
  /** Discontinuity records of this server: shown to a witness that has seen what they give up. */
  readonly records: readonly Discontinuity[];
}

export type Submitted =
  | { readonly outcome: "cosigned"; readonly cosignature: NoteSignature; readonly time: number }
  /** It cannot be reached, or does not know this server yet: asked again later. */
  | { readonly outcome: "not now"; readonly reason: string }
  /** It has seen another log of this server. */
  | { readonly outcome: "contradicted"; readonly reason: string };

/** A witness that says each time that it knows something else is asked no further. */
const mostRounds = 4;

/**
 * Brings a checkpoint to a witness: from the size that it knows, which it tells when ours is another.
 * @param oldSize that it is believed to know
 */
export async function submitCheckpoint(
  place: WitnessPlace,
  submission: Submission,
  oldSize: number,
): Promise<Submitted> {
  let known = Math.min(oldSize, submission.size);
  let shown = false;
  for (let round = 0; round < mostRounds; round++) {
    const { status, body } = await ask(place, submission, known);
    if (status === 200) return cosigned(place, submission, body);
    const told = status === 409 ? parseSize(body.trimEnd()) : undefined;
    const isContradicted =
      status === 422 || (status === 409 && (told === known || (told ?? 0) > submission.size));
    if (isContradicted) {
      if (shown || !(await showRecords(place, submission))) {
        return { outcome: "contradicted", reason: `it has seen another log of ${told ?? known} batches` };
      }
      shown = true;
    } else if (told === undefined) {
      return { outcome: "not now", reason: `status ${status}: ${body.trimEnd().slice(0, 200)}` };
    }
    known = told === undefined || told > submission.size ? 0 : told;
  }
  return { outcome: "not now", reason: "it tells another size each time" };
}

async function ask(place: WitnessPlace, { note, size, tree }: Submission, oldSize: number) {
  const proof = consistencyProof(oldSize, size, tree.read);
  try {
    const body = formatAddCheckpoint({ oldSize, proof, checkpoint: note });
    return await place.call({ method: "POST", name: "add-checkpoint", body });
  } catch (error) {
    return { status: 0, body: (error as Error).message };
  }
}

function cosigned({ keys }: WitnessPlace, { text }: Submission, body: string): Submitted {
  try {
    for (const cosignature of parseSignatureLines(body)) {
      const time = cosignatureTime(text, cosignature, keys);
      if (time !== undefined) return { outcome: "cosigned", cosignature, time };
    }
  } catch {
    // Said below: what it sent is no cosignature.
  }
  return { outcome: "not now", reason: "its answer is not its cosignature" };
}

/** @returns whether the witness took one */
async function showRecords(place: WitnessPlace, { records }: Submission): Promise<boolean> {
  let taken = false;
  for (const { bytes } of records) {
    try {
      const { status } = await place.call({ method: "POST", name: "discontinuity", body: bytes });
      taken ||= status === 200;
    } catch {
      return false;
    }
  }
  return taken;
}
