import type { MemberId } from "../core/ids.ts";
import type { DeskTools } from "../messagelog/desk/desk-questions.ts";
import { keySpans } from "../messagelog/key-purpose.ts";
import type { LogReader } from "../messagelog/message-store.ts";

/**
 * From when on persons can be found in a member's records: where the log begins, or the first quarter whose key of search
 * tags still lives.
 * @param now milliseconds; the answer when nothing can be found
 */
export async function searchableSince(
  { log, vault }: Pick<DeskTools, "log" | "vault">,
  member: MemberId,
  now: number,
): Promise<number> {
  const { start, end } = keySpans.tags;
  const beginning = await beginningOf(log, now);
  for (let quarter = start(beginning); quarter <= now; quarter = end(quarter)) {
    for (const key of await vault.keysOf(quarter)) {
      if (key.part !== "tags" || key.member !== member) continue;
      if ((await vault.find(key.id, key.member)).state === "present") return Math.max(beginning, quarter);
    }
  }
  return now;
}

/** The time of the log's first record. */
async function beginningOf(log: LogReader, now: number): Promise<number> {
  for (const { writer, number } of await log.writers()) {
    if (number === 0) continue;
    for await (const [record] of log.records({ writer, first: 1, last: 1 })) {
      if (record !== undefined) return record.time;
    }
  }
  return now;
}
