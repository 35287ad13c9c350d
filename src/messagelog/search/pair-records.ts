import type { IndexableRecord } from "../message-store.ts";
import { pairingKey, type RecordFacts, recordFacts } from "./record-facts.ts";
import type { Outcome, SearchRow } from "./search-row.ts";

const outcomeOf: Readonly<Record<IndexableRecord["type"], Outcome>> = {
  request: "open",
  response: "answered",
  refusal: "refused",
  fault: "failed",
};

/** Longest duration that is told apart, milliseconds: 49 days. */
export const longestDuration = 2 ** 32 - 2;

/** Makes rows of records, one for each exchange and side: a request waits for its answer. */
export class RecordPairs {
  /** Requests without an answer, by pairing key, with the `ts` from which the duration counts. */
  readonly #open: Map<string, OpenRow>;
  readonly #closed: SearchRow[] = [];

  /** @param open what the records before left open */
  constructor(open: readonly OpenRow[]) {
    this.#open = new Map(open.map((entry) => [pairingKey(entry.row), entry]));
  }

  /** Rows that are complete. */
  get closed(): readonly SearchRow[] {
    return this.#closed;
  }

  /** Requests whose answer has not come. */
  get open(): readonly OpenRow[] {
    return [...this.#open.values()];
  }

  /** @param record in the order of its writer */
  add(record: IndexableRecord): void {
    const facts = recordFacts(record);
    const key = pairingKey(facts);
    if (facts.type === "request") {
      // A second one with this key is the log's damage; the first is shown without an answer.
      const earlier = this.#open.get(key);
      if (earlier !== undefined) this.#closed.push(earlier.row);
      this.#open.set(key, { row: rowOf(facts), ts: facts.ts });
      return;
    }
    const request = this.#open.get(key);
    this.#open.delete(key);
    this.#closed.push(request === undefined ? rowOf(facts) : closedRow(request, facts));
  }
}

/** A request without an answer. */
export interface OpenRow {
  readonly row: SearchRow;
  readonly ts: number | null;
}

function rowOf(facts: RecordFacts): SearchRow {
  const { name, type, ts: _, ...rest } = facts;
  const isRequest = type === "request";
  return {
    ...rest,
    outcome: outcomeOf[type],
    duration: null,
    request: isRequest ? name : null,
    answer: isRequest ? null : name,
  };
}

function closedRow({ row, ts }: OpenRow, answer: RecordFacts): SearchRow {
  return {
    ...row,
    outcome: outcomeOf[answer.type],
    duration: durationOf(ts, answer.ts),
    queryId: row.queryId ?? answer.queryId,
    purpose: answer.purpose ?? row.purpose,
    agreement: answer.agreement ?? row.agreement,
    verdict: answer.verdict,
    code: answer.code,
    permission: row.permission ?? answer.permission,
    tags: [...new Set([...row.tags, ...answer.tags])],
    answer: answer.name,
  };
}

/** The clocks of two servers: a difference below nothing is none. */
function durationOf(from: number | null, to: number | null): number | null {
  if (from === null || to === null) return null;
  return Math.min(longestDuration, Math.max(0, Math.round(to - from)));
}
