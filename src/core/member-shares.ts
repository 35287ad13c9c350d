import { SealwayError } from "./errors.ts";
import type { MemberId } from "./ids.ts";

/**
 * Bounds the work in progress of each member that a server serves, whichever of its subsystems it is for: the members of
 * one server have no more to do with each other than those of two.
 */
export class MemberShares {
  readonly #mostOf: (member: MemberId) => number;
  readonly #running = new Map<MemberId, number>();

  /** @param mostOf how many exchanges of a member may be in progress */
  constructor(mostOf: (member: MemberId) => number) {
    this.#mostOf = mostOf;
  }

  /** @throws SealwayError `overloaded` */
  enter(member: MemberId): void {
    const running = this.#running.get(member) ?? 0;
    if (running >= this.#mostOf(member))
      throw new SealwayError("overloaded", `${running} exchanges of ${member} are in progress`);
    this.#running.set(member, running + 1);
  }

  leave(member: MemberId): void {
    const running = (this.#running.get(member) ?? 1) - 1;
    if (running > 0) this.#running.set(member, running);
    else this.#running.delete(member);
  }
}
