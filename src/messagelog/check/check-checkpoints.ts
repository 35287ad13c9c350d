import { sha256 } from "../../core/bytes.ts";
import { type Checkpoint, parseCheckpoint } from "../checkpoint/checkpoint.ts";
import { nodeHash } from "../checkpoint/merkle-tree.ts";
import { cosignatureTime, isSigned, type NamedKey, parseNote } from "../checkpoint/signed-note.ts";
import type { Damage } from "./damage.ts";

/** A checkpoint of the log as somebody holds it: attacker-controlled. */
export interface HeldCheckpoint {
  /** Who holds it, in words. */
  readonly by: string;
  /** The signed note with its cosignatures. */
  readonly note: string;
}

export interface CheckpointRules {
  /** The keys of the server's log. */
  readonly logKeys: readonly NamedKey[];
  /** Of all witnesses. */
  readonly witnessKeys: readonly NamedKey[];
}

/** One that the log signed. */
export interface ReadCheckpoint extends Checkpoint {
  readonly by: string;
  /** Names of the witnesses whose cosignatures are good. */
  readonly witnesses: readonly string[];
}

/** Reads checkpoints and judges the signatures on them. */
export function readCheckpoints(
  held: readonly HeldCheckpoint[],
  { logKeys, witnessKeys }: CheckpointRules,
): { readonly checkpoints: ReadCheckpoint[]; readonly damages: Damage[] } {
  const checkpoints: ReadCheckpoint[] = [];
  const damages: Damage[] = [];
  for (const { by, note: text } of held) {
    try {
      const note = parseNote(text);
      if (!isSigned(note, logKeys)) throw new Error("the log did not sign it");
      const witnesses: string[] = [];
      for (const signature of note.signatures) {
        if (cosignatureTime(note.text, signature, witnessKeys) !== undefined) witnesses.push(signature.name);
        else if (witnessKeys.some(({ name }) => name === signature.name)) {
          // The log's own line bears its server's name, too, when that witnesses others.
          if (!isSigned({ text: note.text, signatures: [signature] }, logKeys)) {
            damages.push({ kind: "cosignature-wrong", detail: `${signature.name}, held by ${by}` });
          }
        }
      }
      checkpoints.push({ ...parseCheckpoint(note.text), by, witnesses });
    } catch (error) {
      damages.push({ kind: "cosignature-wrong", detail: `${by}: ${(error as Error).message}` });
    }
  }
  return { checkpoints, damages };
}

/** The root of a growing tree: the roots of its complete subtrees, largest first. */
export class GrowingTree {
  readonly #subtrees: Buffer[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  append(leaf: Buffer): void {
    let node = leaf;
    for (let n = this.#size; (n & 1) === 1; n >>= 1) node = nodeHash(this.#subtrees.pop()!, node);
    this.#subtrees.push(node);
    this.#size++;
  }

  root(): Buffer {
    if (this.#size === 0) return sha256("");
    return this.#subtrees.reduceRight((right, left) => nodeHash(left, right));
  }
}
