import { systemClock } from "../core/clock.ts";
import { type ClientId, memberOf, type ServiceId } from "../core/ids.ts";
import { uuidV7Time } from "../core/uuid.ts";
import { readRestrictions } from "../exchange/restriction-document.ts";
import { coverableRow } from "../exchange/restriction-of.ts";
import type { LogReader, StoredRecord } from "../messagelog/message-store.ts";
import type { HeldRecord } from "../messagelog/retention/hold-statement.ts";
import { LogSearch, mostRowsOnPage } from "../messagelog/search/log-search.ts";
import { recordFacts } from "../messagelog/search/record-facts.ts";
import type { SearchRow } from "../messagelog/search/search-row.ts";
import { hourMs } from "../messagelog/statement/pair-hour.ts";
import type { LedgerEntry } from "../messagelog/statement/pair-ledger.ts";
import type { KeyVault } from "../messagelog/vault.ts";
import type { Restrictions } from "../policy/restrictions/restrictions.ts";
import { type LogConfiguration, openReader } from "./log-store.ts";
import { searchDirectory } from "./open-search.ts";
import { openServerVault, type VaultPlace } from "./open-vault.ts";

/**
 * The exchanges of a log that restrictions hide now, to take them out of what was counted before anybody knew who reads it.
 * @param since milliseconds
 */
export async function restrictedRows(
  configuration: LogConfiguration & VaultPlace,
  since: number,
): Promise<readonly SearchRow[]> {
  const reader = openReader(configuration);
  const restrictions = await readRestrictions(reader, await openServerVault(configuration));
  const isOpen = (row: SearchRow) =>
    restrictions.covering(coverableRow(row), systemClock.now()) === undefined;
  const directory = searchDirectory(configuration.stateDirectory);
  const search = new LogSearch({ reader, directory, hides: isOpen });
  const rows: SearchRow[] = [];
  try {
    let cursor: string | undefined;
    while (restrictions.all().length > 0) {
      const page = await search.page({ query: { since }, order: "oldest", limit: mostRowsOnPage, cursor });
      rows.push(...page.rows);
      if (page.cursor === null) break;
      cursor = page.cursor;
    }
    return rows;
  } finally {
    search.close();
    reader.close();
  }
}

/** An hour with another member as both sides stated it, without what is restricted. */
export function withoutRestricted(entry: LedgerEntry, rows: readonly SearchRow[]): LedgerEntry {
  const hidden = rows.filter((row) => isOfHour(row, entry.hour));
  if (hidden.length === 0) return entry;
  const ids = new Set(hidden.map(({ exchangeId }) => exchangeId));
  const { own, theirs, result } = entry;
  return {
    ...entry,
    ...(own && { own: lessBy(own, hidden.length) }),
    ...(theirs && { theirs: lessBy(theirs, hidden.length) }),
    ...(result && { result: resultWithout(result, ids) }),
  };
}

type Result = NonNullable<LedgerEntry["result"]>;

function resultWithout(result: Result, ids: ReadonlySet<string>): Result {
  const findings = result.findings.filter(({ exchange }) => !ids.has(exchange));
  const isLeft = findings.length > 0 || result.unresolved > 0;
  return {
    ...result,
    findings,
    outcome: result.outcome === "differs" && !isLeft ? "agreed" : result.outcome,
  };
}

type Stated = NonNullable<LedgerEntry["own"]>;

function lessBy(stated: Stated, count: number): Stated {
  const { statement } = stated;
  return { ...stated, statement: { ...statement, count: Math.max(0, statement.count - count) } };
}

/** An exchange belongs to the hour of the time in its id; it counts when the other side answered. */
function isOfHour(
  { exchangeId, consumer, service, request, answer }: SearchRow,
  hour: LedgerEntry["hour"],
): boolean {
  if (request === null || answer === null || consumer === null || service === null) return false;
  const time = uuidV7Time(exchangeId);
  const members = [memberOf(consumer as ClientId), memberOf(service as ServiceId)];
  return time - (time % hourMs) === hour.from && members.includes(hour.member) && members.includes(hour.peer);
}

/** All records of one exchange, or none where a restriction hides it now. */
export function withoutHidden(
  records: readonly StoredRecord[],
  restrictions: Restrictions,
): readonly StoredRecord[] {
  const time = Math.min(...records.map((record) => record.time));
  const isHidden = records.some((record) => {
    const facts = coverableRow({ ...recordFacts(record), time });
    return restrictions.covering(facts, systemClock.now()) !== undefined;
  });
  return isHidden ? [] : records;
}

/** How many records of a hold a report may tell of: a restriction hides them, and the hold keeps them all the same. */
export async function countTold(
  log: LogReader,
  vault: Pick<KeyVault, "find">,
  held: readonly HeldRecord[],
): Promise<number> {
  const restrictions = await readRestrictions(log, vault);
  if (restrictions.all().length === 0) return held.length;
  const hidden = new Set<string>();
  for (const id of new Set(held.map(({ exchange }) => exchange)))
    if (withoutHidden(await log.find(id), restrictions).length === 0) hidden.add(id);
  return held.filter(({ exchange }) => !hidden.has(exchange)).length;
}
