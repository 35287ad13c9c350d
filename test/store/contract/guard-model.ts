import fc from "fast-check";

/** One record as the guard sees it; ids and digests are few, so that they meet. */
export interface GuardStep {
  readonly id: number;
  readonly role: "consumer" | "provider";
  readonly effect: "open" | "close" | "single";
  readonly digest: number;
}

/** The guard in words: what the answer to a step is, and what is remembered. */
export class GuardModel {
  readonly #entries = new Map<
    string,
    { state: "open" | "closed" | "single"; digest: number; answer?: number }
  >();

  admit({ id, role, effect, digest }: GuardStep): string {
    const key = `${id} ${role}`;
    const entry = this.#entries.get(key);
    if (effect === "close") {
      if (entry === undefined) return "never-opened";
      if (entry.state !== "open") return entry.answer === digest ? "resend-closed" : "replay";
      entry.state = "closed";
      entry.answer = digest;
      return "new";
    }
    if (entry !== undefined) {
      if (entry.digest !== digest) return "replay";
      return entry.state === "open" ? "resend-open" : "resend-closed";
    }
    this.#entries.set(key, { state: effect === "open" ? "open" : "single", digest });
    return "new";
  }
}

export const guardStep: fc.Arbitrary<GuardStep> = fc.record({
  id: fc.integer({ min: 0, max: 2 }),
  role: fc.constantFrom("consumer", "provider"),
  effect: fc.constantFrom("open", "close", "single"),
  digest: fc.integer({ min: 0, max: 2 }),
});
