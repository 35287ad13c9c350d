import type { Test } from "tap";
import { systemClock } from "../../../src/core/clock.ts";
import type {
  Batch,
  LogReader,
  MessageStore,
  SealedContent,
  StoredRecord,
} from "../../../src/messagelog/message-store.ts";
import { checkChains } from "../../messagelog/check-chains.ts";
import { sampleRecord } from "../../messagelog/sample-record.ts";

/** An empty log of one driver. */
export interface LogUnderTest {
  /** Opens it for writing, as one run of a server; closed with the test. */
  open(): Promise<MessageStore>;
  /** Closed with the test. */
  reader(): LogReader;
}

/** What each driver gives to the contract. */
export type NewLog = (t: Test) => Promise<LogUnderTest>;

export const sealed: SealedContent = {
  head: { keyId: Buffer.alloc(16), bytes: Buffer.from("ciphertext"), sha256: Buffer.alloc(32) },
  tags: Buffer.from("[]"),
};

export function request(): ReturnType<typeof sampleRecord> {
  return sampleRecord({ time: systemClock.now() });
}

/** Everything in the log, writer by writer, and what is wrong with its chains. */
export async function readAll(
  reader: LogReader,
): Promise<{ readonly records: StoredRecord[]; readonly findings: unknown[] }> {
  const records: StoredRecord[] = [];
  for (const { writer, number } of await reader.writers()) {
    for await (const chunk of reader.records({ writer, first: 1, last: number })) records.push(...chunk);
  }
  const findings: unknown[] = [];
  for await (const finding of checkChains(reader)) findings.push(finding);
  return { records, findings };
}

/** What comes next, as a batch that nobody has time-stamped. */
export async function nextBatch(reader: LogReader, limit: number): Promise<Batch> {
  const { previous, spans, through } = await reader.unsealed(limit);
  const bytes = Buffer.alloc(32, previous?.number);
  const number = (previous?.number ?? 0) + 1;
  return {
    ...{ number, root: bytes, spans, through, refreshed: [], leaves: bytes, upper: bytes, token: bytes },
    ...{ genTime: 0, authority: "an authority" },
  };
}
