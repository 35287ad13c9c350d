import { exchangeIdText } from "./columns.ts";
import { CounterTable } from "./counter-table.ts";
import type { Database } from "./database.ts";
import type { FrameReader } from "./frame.ts";
import { type GuardRow, GuardTable } from "./guard-table.ts";
import { type CounterWord, outcomes } from "./outcomes.ts";

/** What one transaction is told of counters, item by item. */
export interface WordsOfItem {
  readonly item: number;
  readonly words: CounterWord[];
}

/** What lets a record be written: the guard first, then the counters of what it uses. */
export class Admissions {
  readonly #guard: GuardTable;
  readonly #counters: CounterTable;

  constructor(database: Database) {
    this.#guard = new GuardTable(database);
    this.#counters = new CounterTable(database);
  }

  /**
   * Writes to guard and counters, or to neither.
   * @param frame stands at the record's counters
   * @param time the record's, milliseconds
   * @returns one of `outcomes` when there is to be no record
   */
  admit(row: GuardRow, frame: FrameReader, time: number, { item, words }: WordsOfItem): number | undefined {
    const { uses, returns } = frame.counters();
    const spent = this.#counters.spent(uses, time);
    const verdict = spent === undefined ? this.#guard.admit(row) : this.#guard.judge(row);
    if (verdict !== "new") return outcomes[verdict];
    if (spent !== undefined) {
      const first = spent.first === null ? null : exchangeIdText(spent.first);
      words.push({ item, spent: spent.counter, first });
      return outcomes.exhausted;
    }
    if (uses.length > 0) words.push({ item, counts: this.#counters.count(uses, time, row.exchangeId) });
    this.#counters.giveBack(returns);
    return undefined;
  }

  /** @param frame stands at a counter and what was counted elsewhere */
  takeUses(frame: FrameReader): void {
    const [counter, noted] = [frame.text(), frame.text()];
    this.#counters.takeUses({ counter, noted, used: frame.double(), expires: frame.double() });
  }

  /** Forgets some of what has expired. @param now milliseconds */
  prune(now: number): void {
    this.#guard.prune(now);
    this.#counters.prune(now);
  }
}
