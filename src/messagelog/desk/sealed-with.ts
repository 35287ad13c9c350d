import { memberOf } from "../../core/ids.ts";
import { parseExchange } from "../../message/exchange-document.ts";
import type { LogReader, StoredRecord } from "../message-store.ts";
import { parseSearchTags } from "../search-tags.ts";
import { recordsBetween } from "./records-between.ts";

/** What a log has that was sealed with one key. */
export interface SealedWith {
  /** Oldest first. */
  readonly exchanges: readonly SealedExchange[];
  /** Of members on the other side: how many of the exchanges were with each. */
  readonly members: ReadonlyMap<string, number>;
  /**
   * Persons who are named in them, counted by the keyed digests of their identifiers: whoever is named by two identifiers,
   * or in two quarters, counts twice.
   */
  readonly persons: number;
}

export interface SealedExchange {
  readonly id: string;
  /** Of its first record with this seal, milliseconds. */
  readonly time: number;
  readonly role: StoredRecord["role"];
  /** The member on the other side. */
  readonly peer: string;
}

/**
 * The exchanges of which one message or more bears a seal.
 * @param fingerprint of the certificate
 * @param from milliseconds, included
 * @param to milliseconds, not included
 * @param isHidden what must not be told to whoever asks
 */
export async function sealedWith(
  log: LogReader,
  { fingerprint, from, to }: { readonly fingerprint: string; readonly from: number; readonly to: number },
  isHidden: (exchangeId: string) => boolean,
): Promise<SealedWith> {
  const found = new Map<string, SealedExchange>();
  const persons = new Set<string>();
  for await (const records of recordsBetween(log, from, to)) {
    for (const record of records) {
      if (record.certificate.sha256 !== fingerprint || isHidden(record.exchangeId)) continue;
      const { exchangeId: id, time, role } = record;
      if (!found.has(id)) found.set(id, { id, time, role, peer: peerOf(record) });
      for (const { tag } of parseSearchTags(record.tags)) persons.add(tag);
    }
  }
  const exchanges = [...found.values()].sort((a, b) => a.time - b.time);
  const members = new Map<string, number>();
  for (const { peer } of exchanges) members.set(peer, (members.get(peer) ?? 0) + 1);
  return { exchanges, members, persons: persons.size };
}

function peerOf({ exchange, role }: StoredRecord): string {
  const { client, service } = parseExchange(exchange);
  return memberOf(role === "consumer" ? service.id : client);
}
