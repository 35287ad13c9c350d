import { sha256 } from "../../src/core/bytes.ts";
import { chainStart, type Link, nextChain } from "../../src/messagelog/chain.ts";
import type { LogReader, StoredRecord, Tip } from "../../src/messagelog/message-store.ts";

/** What is wrong with a log, and at which record. */
export interface ChainFinding {
  readonly writer: string;
  readonly number: number;
  readonly finding:
    | "the record is missing"
    | "the record was altered"
    | "the successor closed the chain at another record";
}

/**
 * Reads the whole log and computes every writer's chain anew: numbers without a gap, each record as it was
 * committed, and each dead writer's end as its successor noted it. After a break a chain is followed from the
 * value that is stored, so that each alteration is told once.
 */
export async function* checkChains(log: LogReader): AsyncGenerator<ChainFinding> {
  const closed = new Map((await log.closedTips()).map((tip) => [tip.writer, tip]));
  for (const tip of await log.writers()) yield* checkChain(log, tip, closed.get(tip.writer));
}

async function* checkChain(log: LogReader, tip: Tip, closed: Tip | undefined): AsyncGenerator<ChainFinding> {
  const { writer } = tip;
  const last = Math.max(tip.number, closed?.number ?? 0);
  let end: Pick<StoredRecord, "number" | "chain"> = { number: 0, chain: chainStart(writer) };
  for await (const records of log.records({ writer, first: 1, last })) {
    for (const record of records) {
      for (let number = end.number + 1; number < record.number; number++) {
        yield { writer, number, finding: "the record is missing" };
      }
      const follows = end.number + 1 === record.number;
      if (follows && !nextChain(end.chain, linkOf(record)).equals(record.chain)) {
        yield { writer, number: record.number, finding: "the record was altered" };
      }
      end = record;
    }
  }
  for (let number = end.number + 1; number <= last; number++) {
    yield { writer, number, finding: "the record is missing" };
  }
  if (closed !== undefined && end.number === last && !closedAt(closed, end)) {
    yield { writer, number: end.number, finding: "the successor closed the chain at another record" };
  }
}

function closedAt(closed: Tip, end: Pick<StoredRecord, "number" | "chain">): boolean {
  return closed.number === end.number && closed.chain.equals(end.chain);
}

/** The link that a stored record makes, computed from its bytes. */
function linkOf(record: StoredRecord): Link {
  return {
    ...record,
    signature: sha256(record.signature),
    exchange: sha256(record.exchange),
    certificate: sha256(record.certificate.der),
    ocsp: sha256(record.ocsp.der),
    tags: sha256(record.tags),
  };
}
