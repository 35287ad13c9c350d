import type { LogReader, RecordName, StoredRecord } from "../message-store.ts";
import { LogIndex } from "./log-index.ts";
import { LogTail } from "./log-tail.ts";
import { SegmentFiles } from "./segment-files.ts";

/** Records beyond the index that are read for a look-up; with more of them the log is asked by time. */
const mostBeyond = 2_000;

/**
 * The same log, whose `find` reads the few records that the search index names instead of some seconds of the log. The
 * index is used as it is: what it lacks is read from the log, and where it is missing, far behind, damaged, of another log
 * or knows no such exchange, the log is asked by time. For who shows an exchange; who erases or holds asks the log.
 * @param directory of the index
 */
export function findingByPlace(reader: LogReader, directory: string): LogReader {
  const places = new PlacesOfExchanges(reader, directory);
  return {
    writers: () => reader.writers(),
    closedTips: () => reader.closedTips(),
    records: (span) => reader.records(span),
    sealable: (span) => reader.sealable(span),
    indexable: (span) => reader.indexable(span),
    heads: (names) => reader.heads(names),
    find: async (exchangeId) => (await places.records(exchangeId)) ?? reader.find(exchangeId),
    unsealed: (limit) => reader.unsealed(limit),
    batch: (number) => reader.batch(number),
    batchOf: (writer, number) => reader.batchOf(writer, number),
    sealOf: (writer, number) => reader.sealOf(writer, number),
    document: (sha256) => reader.document(sha256),
    documentsOf: (kind, newest) => reader.documentsOf(kind, newest),
    documentsIn: (batch) => reader.documentsIn(batch),
    ocsp: (sha256) => reader.ocsp(sha256),
    close: () => {
      places.close();
      reader.close();
    },
  };
}

/** Where the records of an exchange stand, by the index and what it lacks. */
class PlacesOfExchanges {
  readonly #reader: LogReader;
  readonly #index: LogIndex;
  readonly #tail: LogTail;
  /** One look-up at a time: each reads on in the tail from where the one before stopped. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(reader: LogReader, directory: string) {
    this.#reader = reader;
    this.#index = new LogIndex(new SegmentFiles(directory));
    this.#tail = new LogTail(reader);
  }

  /** @returns undefined when the log must be asked by time */
  async records(exchangeId: string): Promise<readonly StoredRecord[] | undefined> {
    const names = this.#last.then(() => this.#names(exchangeId.toLowerCase()));
    this.#last = names.catch(() => undefined);
    try {
      return await this.#at(await names, exchangeId.toLowerCase());
    } catch {
      // Whatever it is, damage of the index or a log that cannot be read: the log itself knows better.
      return undefined;
    }
  }

  close(): void {
    this.#index.close();
  }

  async #names(exchangeId: string): Promise<readonly RecordName[]> {
    const index = this.#index;
    index.refresh();
    const tips = await this.#reader.writers();
    if (index.segments.length === 0 || !index.isOf(tips) || index.gap(tips) !== undefined) return [];
    const beyond = index.tail(tips).reduce((sum, { first, last }) => sum + last - first + 1, 0);
    if (beyond > mostBeyond) return [];
    const indexed = index.segments.flatMap((segment) => {
      return segment.rowsWith("exchangeId", exchangeId).map((row) => segment.row(row));
    });
    // With the requests that waited for an answer where the index ends: no segment has them.
    const rows = [...indexed, ...(await this.#tail.rows(index, tips))];
    const order = new Map(tips.map(({ writer }, i) => [writer, i]));
    const names = rows
      .filter((row) => row.exchangeId === exchangeId)
      .flatMap(({ request, answer }) => [request ?? [], answer ?? []].flat());
    // A tail that could not be read to its end is read again.
    const each = new Map(names.map((name) => [`${name.writer} ${name.number}`, name]));
    return [...each.values()].sort(
      (a, b) => order.get(a.writer)! - order.get(b.writer)! || a.number - b.number,
    );
  }

  /** @returns undefined for no names, or when another exchange stands at one of them */
  async #at(names: readonly RecordName[], exchangeId: string): Promise<readonly StoredRecord[] | undefined> {
    if (names.length === 0) return undefined;
    const found: StoredRecord[] = [];
    for (const { writer, number } of names) {
      for await (const records of this.#reader.records({ writer, first: number, last: number })) {
        found.push(...records);
      }
    }
    const isWhole =
      found.length === names.length && found.every((record) => record.exchangeId === exchangeId);
    return isWhole ? found : undefined;
  }
}
