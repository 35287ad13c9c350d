import { sha256Base64Url } from "../../core/bytes.ts";
import { parseStatement, type StatementPayload, signStatement } from "../../message/signed-statement.ts";
import type { Signer } from "../../pki/signer.ts";
import type { ContextDocument, MessageLog } from "../message-record.ts";
import type { LogReader } from "../message-store.ts";

/*
 * What was erased, signed by the member whose data it was (by the server's owner for one that left). It is durable
 * before anything is destroyed, so that it is true whenever the process dies: what it names is never read again.
 */

const type = "sealway-erasure+jws";

/** Keys of one class, part and day. */
export type ErasedKeys = {
  readonly class: string;
  readonly part: string;
  /** First day for which they were made, `2026-11-22`. */
  readonly day: string;
  /** The legal hold that had kept them, now lifted; else null. */
  readonly hold: string | null;
  /** The rule by which they ended; null for what ends with a hold. */
  readonly rule: { readonly keepDays: number; readonly graceDays: number } | null;
  /** UUIDs. */
  readonly keys: readonly string[];
};

/** A record whose content alone was erased. */
export type ErasedRecord = {
  readonly writer: string;
  readonly number: number;
  readonly exchange: string;
};

export interface Erasure extends StatementPayload {
  readonly member: string;
  /** `rule`, or who ordered it. */
  readonly by: string;
  /** Why, when somebody ordered it. */
  readonly reason: string | null;
  readonly keys: readonly ErasedKeys[];
  readonly records: readonly ErasedRecord[];
}

/** @throws SealwayError `signer_unavailable`, `log_unavailable` */
export async function keepErasure(
  log: Pick<MessageLog, "keep">,
  signer: Signer,
  erasure: Erasure,
): Promise<void> {
  const bytes = await signStatement(signer, type, erasure);
  await log.keep({ kind: "erasure", sha256: sha256Base64Url(bytes), bytes });
}

/** @throws SealwayError as `parseStatement` */
export function parseErasure({ bytes }: Pick<ContextDocument, "bytes">): Erasure {
  return parseStatement<Erasure>(bytes, type).payload;
}

/** All erasures in a log, oldest first. What is none, or has no good signature, erases nothing. */
export async function readErasures(log: Pick<LogReader, "documentsOf">): Promise<Erasure[]> {
  return (await log.documentsOf("erasure")).flatMap((document) => {
    try {
      return [parseErasure(document)];
    } catch {
      return [];
    }
  });
}

/** The keys (UUIDs) that a log says are destroyed, with their members: nobody reads with them, whatever a vault holds. */
export async function erasedKeys(log: Pick<LogReader, "documentsOf">): Promise<ReadonlyMap<string, string>> {
  const erasures = await readErasures(log);
  return new Map(
    erasures.flatMap(({ member, keys }) =>
      keys.flatMap((entry) => entry.keys.map((id) => [id, member] as const)),
    ),
  );
}
