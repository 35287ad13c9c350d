import { SealwayError } from "../../core/errors.ts";

/** Readings of the log at once; one more is refused: the log is others', too. */
const mostAtOnce = 4;

/** All who read a server's log for people take turns. */
export class Turns {
  #running = 0;

  /** @throws SealwayError `overloaded` */
  async take<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    if (this.#running >= mostAtOnce)
      throw new SealwayError("overloaded", "the log is being searched already");
    this.#running++;
    try {
      return await work();
    } finally {
      this.#running--;
    }
  }
}
