import { SealwayError } from "../../core/errors.ts";
import type { ClientId, ServiceId } from "../../core/ids.ts";
import type { Agreement } from "../agreement.ts";

/** Between whom an agreement is. */
export type AgreementPair = Pick<Agreement, "consumer" | "service">;

type Listener = (id: string, pairs: readonly AgreementPair[]) => void;

/** What is held of one id: terms in force, and those that follow them at a known time. */
type Held = readonly Agreement[];

const nothing: Held = [];

/**
 * The agreements that a gateway holds, by consumer and service. Each can be replaced while calls are decided: what
 * changes is its pair's list alone, however many there are.
 */
export class Agreements {
  readonly #byId = new Map<string, Held>();
  readonly #byPair = new Map<string, Held>();
  readonly #listeners = new Set<Listener>();
  readonly #doubted = new Set<string>();

  /** @throws SealwayError `bad_request` when two documents have the same id */
  constructor(agreements: readonly Agreement[]) {
    for (const agreement of agreements) {
      if (this.#byId.has(agreement.id))
        throw new SealwayError("bad_request", `two agreements have the id ${agreement.id}`);
      this.set(agreement.id, [agreement]);
    }
  }

  *all(): Generator<Agreement> {
    for (const held of this.#byId.values()) yield* held;
  }

  between(consumer: ClientId, service: ServiceId): readonly Agreement[] {
    return this.#byPair.get(pair({ consumer, service })) ?? nothing;
  }

  byId(id: string): readonly Agreement[] {
    return this.#byId.get(id) ?? nothing;
  }

  /** Replaces what is held of an id; nothing takes it away. It counts from the next call on. */
  set(id: string, held: readonly Agreement[]): void {
    const before = this.#byId.get(id) ?? nothing;
    const pairs = [...before, ...held];
    for (const key of new Set(pairs.map(pair))) {
      const others = (this.#byPair.get(key) ?? nothing).filter((one) => one.id !== id);
      const all = [...others, ...held.filter((one) => pair(one) === key)];
      if (all.length === 0) this.#byPair.delete(key);
      else this.#byPair.set(key, all);
    }
    if (held.length === 0) this.#byId.delete(id);
    else this.#byId.set(id, held);
    for (const listener of this.#listeners) listener(id, pairs);
  }

  /** The other side relies on other terms of this id than are held here. */
  doubt(id: string): void {
    if (this.#byId.has(id)) this.#doubted.add(id);
  }

  /** The ids that were doubted since this was asked last. */
  takeDoubted(): readonly string[] {
    const doubted = [...this.#doubted];
    this.#doubted.clear();
    return doubted;
  }

  /** @param listener told of each id of which something else is held now, and of the pairs that it is, or was, between */
  subscribe(listener: Listener): void {
    this.#listeners.add(listener);
  }
}

function pair({ consumer, service }: AgreementPair): string {
  return `${consumer} ${service}`;
}
