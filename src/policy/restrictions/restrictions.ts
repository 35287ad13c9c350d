import { isDryRun } from "../is-dry-run.ts";
import { type CoverableExchange, coveredBy, isInForce, type Restriction } from "./restriction.ts";

/** A dry run of a service. */
export type TriedUse = Pick<CoverableExchange, "consumer" | "service" | "time">;

/** All restrictions that a gateway knows, found by what they cover. */
export class Restrictions {
  readonly #byId = new Map<string, Restriction>();
  readonly #byUse = new Map<string, Restriction[]>();
  /** Those of single exchanges. */
  readonly #single: Restriction[] = [];

  /** @param restrictions with the acts that were taken until now */
  constructor(restrictions: Iterable<Restriction> = []) {
    for (const restriction of restrictions) {
      const { id, covers } = restriction.act;
      this.#byId.set(id, restriction);
      const name = useName(covers.consumer, covers.service, covers.purpose);
      this.#byUse.set(name, [...(this.#byUse.get(name) ?? []), restriction]);
      if (covers.exchanges.length > 0) this.#single.push(restriction);
    }
  }

  get(id: string): Restriction | undefined {
    return this.#byId.get(id);
  }

  all(): readonly Restriction[] {
    return [...this.#byId.values()];
  }

  /** These, and one that is new or was changed by an act. */
  with(restriction: Restriction): Restrictions {
    const { id } = restriction.act;
    return new Restrictions([...this.all().filter(({ act }) => act.id !== id), restriction]);
  }

  /** Whether one in force names this very exchange: for what was noted of it before, without its purpose. */
  names(exchangeId: string, now: number): boolean {
    return this.#single.some(({ act, acts }) => {
      return act.covers.exchanges.includes(exchangeId) && isInForce({ act, acts }, now);
    });
  }

  /**
   * Whether one in force covers what a consumer does with a service for some purpose: of a dry run that named none
   * nobody knows for which one it was.
   * @param tried when, milliseconds
   */
  coversSomePurpose({ consumer, service, time }: TriedUse, now: number): boolean {
    return this.all().some((restriction) => {
      const { from, until, covers } = restriction.act;
      const isThen = time >= from && (until === null || time < until);
      const isOf = covers.consumer === consumer && covers.service === service;
      return isOf && isThen && isInForce(restriction, now);
    });
  }

  /** As `coveredBy`. An exchange costs one look-up, and nothing where there are no restrictions. */
  covering(exchange: CoverableExchange, now: number): Restriction | undefined {
    if (this.#byUse.size === 0) return undefined;
    const { consumer, service, purpose } = exchange;
    if (consumer === null || service === null || purpose === null) return undefined;
    if (isDryRun(service)) return coveredBy(exchange, this.#byId.values(), now);
    return coveredBy(exchange, this.#byUse.get(useName(consumer, service, purpose)) ?? [], now);
  }
}

function useName(consumer: string, service: string, purpose: string): string {
  return `${consumer} ${service} ${purpose}`;
}
