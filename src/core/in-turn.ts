/** Does one thing after the other, in the order in which they were asked for; one that fails keeps none from its turn. */
export class InTurn {
  #last: Promise<unknown> = Promise.resolve();

  /** @returns what the work returns, or throws */
  do<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }

  /** Resolves when all that was asked for so far is over. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
