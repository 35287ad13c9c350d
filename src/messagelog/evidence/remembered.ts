/**
 * What follows from equal bytes is found out once: most messages share certificates, responses, time-stamps and
 * configuration, and to verify those costs most of a verification. Failures that throw are not remembered. What was not
 * asked for while as many others were is forgotten, so that what all have in common stays.
 */
export class Remembered<Value, Key extends string | number = string> {
  #values = new Map<Key, Value>();
  #older = new Map<Key, Value>();
  readonly #most: number;

  /** @param most values that are kept; beyond them all are found out again */
  constructor(most: number) {
    this.#most = Math.ceil(most / 2);
  }

  /** @param key everything that the value follows from */
  get(key: Key, find: () => Value): Value {
    const known = this.find(key);
    if (known !== undefined) return known;
    const value = find();
    this.keep(key, value);
    return value;
  }

  find(key: Key): Value | undefined {
    const known = this.#values.get(key);
    if (known !== undefined) return known;
    const older = this.#older.get(key);
    if (older !== undefined) this.keep(key, older);
    return older;
  }

  keep(key: Key, value: Value): void {
    if (this.#values.size >= this.#most) {
      this.#older = this.#values;
      this.#values = new Map();
    }
    this.#values.set(key, value);
  }
}
