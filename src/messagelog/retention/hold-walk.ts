import type { LogReader, StoredRecord } from "../message-store.ts";
import type { KeyVault } from "../vault.ts";
import { openScope, openScopeTest, type ScopeTest } from "./hold-scope.ts";
import { type HeldRecord, type Hold, recordName } from "./hold-statement.ts";
import type { OrderedScope } from "./retention-orders.ts";

/**
 * One scope on its way through a log. A person is named by tags in one message of an exchange: all messages of that
 * exchange are covered, earlier and later ones.
 */
export class HoldWalk {
  readonly #log: LogReader;
  readonly #kind: OrderedScope["kind"];
  readonly #test: ScopeTest;
  readonly #exchanges: Set<string>;
  readonly #names: Set<string>;
  /** What was found and not taken yet. */
  #found: HeldRecord[] = [];

  constructor(log: LogReader, scope: OrderedScope, vault: KeyVault, known: Hold["records"] = new Map()) {
    this.#log = log;
    this.#kind = scope.kind;
    this.#test = openScopeTest(scope, vault);
    this.#exchanges = new Set([...known.values()].map(({ exchange }) => exchange));
    this.#names = new Set(known.keys());
  }

  /** @throws Error when the hold names a person whose key is gone: then nothing may be erased */
  static async of({ order, records }: Hold, log: LogReader, vault: KeyVault): Promise<HoldWalk> {
    return new HoldWalk(log, await openScope(order, vault), vault, records);
  }

  get found(): number {
    return this.#found.length;
  }

  /** The records that a record brings under the hold and that were not known to be. */
  async cover(record: StoredRecord): Promise<readonly StoredRecord[]> {
    const covered = (await this.#reached(record)).filter((one) => !this.#names.has(recordName(one)));
    for (const one of covered) {
      const { writer, number, exchangeId } = one;
      this.#names.add(recordName(one));
      this.#found.push({ writer, number, exchange: exchangeId });
    }
    return covered;
  }

  take(): readonly HeldRecord[] {
    const found = this.#found;
    this.#found = [];
    return found;
  }

  async #reached(record: StoredRecord): Promise<readonly StoredRecord[]> {
    if (this.#kind !== "subject") return (await this.#test(record)) ? [record] : [];
    if (this.#exchanges.has(record.exchangeId)) return [record];
    if (!(await this.#test(record))) return [];
    this.#exchanges.add(record.exchangeId);
    return this.#log.find(record.exchangeId);
  }
}
