import type { KeyObject } from "node:crypto";
import type { Clock } from "../../core/clock.ts";
import { InTurnByName } from "../../core/in-turn-by-name.ts";
import { type Checkpoint, originOf, parseCheckpoint } from "./checkpoint.ts";
import { type DiscontinuityRules, headText, verifyDiscontinuity } from "./discontinuity.ts";
import { isConsistent, type TreeHead } from "./merkle-tree.ts";
import {
  cosignNote,
  formatNote,
  formatSignatureLine,
  isSigned,
  type Note,
  parseNote,
} from "./signed-note.ts";
import { parseAddCheckpoint } from "./witness-request.ts";
import { type Conflict, type WitnessState, WitnessStates } from "./witness-states.ts";

export interface WitnessOptions extends DiscontinuityRules {
  /** Under which it cosigns. */
  readonly name: string;
  readonly key: KeyObject;
  /** Where it keeps what it has seen. */
  readonly directory: string;
  readonly clock: Clock;
  /** The keys of a log, by its origin; undefined for one that the configuration does not have. */
  logKeys(origin: string): readonly KeyObject[] | undefined;
}

/** What became of a checkpoint. */
export type Added =
  /** Kept, durably; `line` is the cosignature. */
  | { readonly outcome: "cosigned"; readonly line: string }
  | {
      readonly outcome:
        | "unknown log"
        | "not signed by the log"
        | "older than its old size"
        | "not an extension";
    }
  /** The witness knows another one: of this size. */
  | { readonly outcome: "conflict"; readonly size: number };

export type Discontinued =
  | { readonly outcome: "kept" | "unknown log" }
  /** The witness has seen more than the record gives up, or something else. */
  | { readonly outcome: "conflict"; readonly size: number };

/**
 * Watches the logs of others (C2SP tlog-witness): keeps the newest checkpoint of each, refuses a smaller one and one
 * that does not extend it, and cosigns the rest. What does not fit is kept as proof.
 */
export class Witness {
  readonly #options: WitnessOptions;
  readonly #states: WitnessStates;
  /** One request of a log at a time: what is compared is what is replaced. */
  readonly #turns = new InTurnByName();

  constructor(options: WitnessOptions) {
    this.#options = options;
    this.#states = new WitnessStates(options.directory);
  }

  /** @param origin attacker-controlled: of a log that is not registered nothing is known */
  async latest(origin: string): Promise<WitnessState | undefined> {
    return this.#options.logKeys(origin) === undefined ? undefined : this.#states.load(origin);
  }

  conflicts(origin: string): Promise<readonly Conflict[]> {
    return this.#states.conflicts(origin);
  }

  /** @param body of `add-checkpoint`, attacker-controlled. @throws SealwayError `malformed_checkpoint` */
  async add(body: string): Promise<Added> {
    const { oldSize, proof, checkpoint } = parseAddCheckpoint(body);
    const note = parseNote(checkpoint);
    const offered = parseCheckpoint(note.text);
    const keys = this.#options.logKeys(offered.origin);
    if (keys === undefined) return { outcome: "unknown log" };
    if (!isSigned(note, named(offered.origin, keys))) return { outcome: "not signed by the log" };
    if (oldSize > offered.size) return { outcome: "older than its old size" };
    return this.#turns.do(offered.origin, () => this.#judge(note, offered, oldSize, proof));
  }

  /**
   * Takes a discontinuity record: the log goes on from what it keeps. A record is taken once; later it changes nothing.
   * @param record attacker-controlled
   * @throws SealwayError `malformed_statement`, `invalid_signature`, `access_denied`
   */
  async discontinue(record: Buffer): Promise<Discontinued> {
    const { server, lost, kept } = verifyDiscontinuity(record, this.#options);
    const origin = originOf(server);
    if (this.#options.logKeys(origin) === undefined) return { outcome: "unknown log" };
    return this.#turns.do(origin, async () => {
      const state = await this.#states.load(origin);
      const text = record.toString("latin1");
      const discontinuities = state?.discontinuities ?? [];
      if (discontinuities.includes(text)) return { outcome: "kept" };
      const known = headOf(state);
      const isLost = lost.size > known.size || (lost.size === known.size && lost.root.equals(known.root));
      if (known.size > 0 && !isLost) return { outcome: "conflict", size: known.size };
      await this.#states.save({
        ...{ origin, ...headText(kept), checkpoint: null },
        discontinuities: [...discontinuities, text],
      });
      return { outcome: "kept" };
    });
  }

  async #judge(note: Note, offered: Checkpoint, oldSize: number, proof: readonly Buffer[]): Promise<Added> {
    const { origin, size } = offered;
    const state = await this.#states.load(origin);
    const known = headOf(state);
    if (oldSize !== known.size) return { outcome: "conflict", size: known.size };
    if (size === known.size && size > 0 && !offered.root.equals(known.root)) {
      await this.#keepConflict("another root of the same size", state, note, origin);
      return { outcome: "conflict", size };
    }
    if (!isConsistent(known, offered, proof)) {
      await this.#keepConflict("not an extension", state, note, origin);
      return { outcome: "not an extension" };
    }
    const { name, key, clock } = this.#options;
    const cosignature = cosignNote(note.text, { name, key }, clock.now());
    const checkpoint = formatNote({ text: note.text, signatures: [...note.signatures, cosignature] });
    await this.#states.save({
      ...{ origin, ...headText(offered), checkpoint },
      discontinuities: state?.discontinuities ?? [],
    });
    return { outcome: "cosigned", line: formatSignatureLine(cosignature) };
  }

  async #keepConflict(
    kind: Conflict["kind"],
    state: WitnessState | undefined,
    offered: Note,
    origin: string,
  ): Promise<void> {
    const known = state?.checkpoint ?? null;
    await this.#states.addConflict(origin, { kind, known, offered: formatNote(offered) });
  }
}

function headOf(state: WitnessState | undefined): TreeHead {
  return state === undefined
    ? { size: 0, root: Buffer.alloc(0) }
    : { size: state.size, root: Buffer.from(state.root, "base64url") };
}

function named(name: string, keys: readonly KeyObject[]) {
  return keys.map((key) => ({ name, key }));
}
