import type { DescriptionBreach, ExchangeEnd, ExchangeMonitor } from "./exchange-monitor.ts";

/**
 * What one exchange tells those who watch, held back until it has ended: only then is it known whether there is
 * anything to tell. Of a restricted exchange nobody hears, in no figure and in no line.
 */
export class ExchangeWatch implements ExchangeMonitor {
  readonly #monitor: ExchangeMonitor;
  /** Groups of steps and their milliseconds, in turn. */
  readonly #spent: number[] = [];
  readonly #appended: number[] = [];
  #breaches: DescriptionBreach[] | undefined;

  constructor(monitor: ExchangeMonitor) {
    this.#monitor = monitor;
  }

  spent(group: number, milliseconds: number): void {
    this.#spent.push(group, milliseconds);
  }

  appended(milliseconds: number): void {
    this.#appended.push(milliseconds);
  }

  breach(breach: DescriptionBreach): void {
    this.#breaches ??= [];
    this.#breaches.push(breach);
  }

  /** Tells all that was held back. Never called for a restricted exchange. */
  ended(end: ExchangeEnd): void {
    const monitor = this.#monitor;
    const spent = this.#spent;
    for (let i = 0; i < spent.length; i += 2) monitor.spent(spent[i]!, spent[i + 1]!);
    for (const milliseconds of this.#appended) monitor.appended(milliseconds);
    for (const breach of this.#breaches ?? []) monitor.breach(breach);
    monitor.ended(end);
  }
}
