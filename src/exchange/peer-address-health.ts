/** How one address of a peer has fared lately. */
export class PeerAddressHealth {
  #failures = 0;
  #outUntil = 0;
  #latency = 0;

  /** Moving average of the time to an answer, milliseconds; 0 while there was none, so that it gets tried. */
  get latency(): number {
    return this.#latency;
  }

  /** Milliseconds since the epoch before which the address is not used while there is another. */
  get outUntil(): number {
    return this.#outUntil;
  }

  recordAnswer(milliseconds: number): void {
    this.#failures = 0;
    this.#outUntil = 0;
    this.#latency = this.#latency === 0 ? milliseconds : this.#latency * 0.8 + milliseconds * 0.2;
  }

  /** Two failures in a row take the address out for 5 s, each one more for twice as long, up to a minute. */
  recordFailure(now: number): void {
    this.#failures++;
    if (this.#failures < 2) return;
    this.#outUntil = now + Math.min(5_000 * 2 ** (this.#failures - 2), 60_000);
  }
}

/**
 * The better of two random addresses by average latency, among those that are not out; when all are out, the one
 * that comes back first: a server is never given up on without a try.
 * @param random 0 to 1, as `Math.random`
 * @returns undefined when there is no address
 */
export function chooseAddress<Address extends { readonly health: PeerAddressHealth }>(
  addresses: readonly Address[],
  now: number,
  random: () => number,
): Address | undefined {
  const usable = addresses.filter(({ health }) => health.outUntil <= now);
  if (usable.length === 0) return addresses.toSorted((a, b) => a.health.outUntil - b.health.outUntil)[0];
  if (usable.length === 1) return usable[0];
  const first = Math.floor(random() * usable.length);
  const second = (first + 1 + Math.floor(random() * (usable.length - 1))) % usable.length;
  const [a, b] = [usable[first] as Address, usable[second] as Address];
  return a.health.latency <= b.health.latency ? a : b;
}
