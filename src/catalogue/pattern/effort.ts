/** A pattern takes more to be judged than is spent on it. */
export class TooComplex extends Error {}

/** For one pattern, and for all of one description: some tenths of a second, some seconds. */
const mostForOne = 3_000_000;
const mostForAll = 20_000_000;

/** What judging patterns has cost: whoever publishes chooses the patterns, so there is an end to it. */
export class Effort {
  readonly #once = new Set<string>();
  #all = 0;
  #one = 0;

  /** Another pattern begins. */
  begin(): void {
    this.#one = 0;
  }

  /** @throws TooComplex */
  spend(operations: number): void {
    this.#one += operations;
    this.#all += operations;
    if (this.#one > mostForOne) throw new TooComplex("it takes too long to judge");
    if (this.#all > mostForAll) throw new TooComplex("all patterns together take too long to judge");
  }

  /** What is kept costs nothing the next time. */
  spendOnce(name: string, operations: number): void {
    if (this.#once.has(name)) return;
    this.spend(operations);
    this.#once.add(name);
  }
}
