import { sha256 } from "../../core/bytes.ts";

const most = 10_000;

/**
 * Which certificates or OCSP responses the writer's thread knows already, by slot. When the table is full or the
 * thread was replaced, all are forgotten and sent again; frames are read in order, so a slot may change meaning.
 */
export class Slots {
  readonly #slots = new Map<string, number>();

  /** @param send called once for a new one, with its slot and digest */
  of(name: string, der: Buffer, send: (slot: number, digest: Buffer) => void): number {
    const known = this.#slots.get(name);
    if (known !== undefined) return known;
    if (this.#slots.size >= most) this.#slots.clear();
    const slot = this.#slots.size;
    send(slot, sha256(der));
    this.#slots.set(name, slot);
    return slot;
  }

  forget(): void {
    this.#slots.clear();
  }
}
