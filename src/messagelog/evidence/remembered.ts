/**
 * What follows from equal bytes is found out once: most messages share certificates, responses, time-stamps and
 * configuration, and to verify those costs most of a verification. Failures that throw are not remembered.
 */
export class Remembered<Value> {
  readonly #values = new Map<string, Value>();
  readonly #most: number;

  /** @param most values that are kept; beyond them all are found out again */
  constructor(most: number) {
    this.#most = most;
  }

  /** @param key everything that the value follows from */
  get(key: string, find: () => Value): Value {
    const known = this.#values.get(key);
    if (known !== undefined) return known;
    const value = find();
    if (this.#values.size >= this.#most) this.#values.clear();
    this.#values.set(key, value);
    return value;
  }
}
