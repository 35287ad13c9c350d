/** Does what is asked for under one name one after the other, as `InTurn` does; under different names at once. */
export class InTurnByName {
  /** Of each name that has work, when the last of it is over. */
  readonly #last = new Map<string, Promise<void>>();

  /** @returns what the work returns, or throws */
  do<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    const done = (this.#last.get(name) ?? Promise.resolve()).then(work);
    const forget = () => {
      if (this.#last.get(name) === over) this.#last.delete(name);
    };
    const over: Promise<void> = done.then(forget, forget);
    this.#last.set(name, over);
    return done;
  }
}
