import { isReserved } from "../catalogue/reserved-codes.ts";
import type { ServiceId } from "../core/ids.ts";
import type { OutlinedRow } from "../messagelog/search/outline.ts";
import { isDryRun } from "../policy/is-dry-run.ts";
import type { Restrictions } from "../policy/restrictions/restrictions.ts";

/**
 * Whether a row can stand in a person's list at all, whoever looks. What is not shown is left out before anything is
 * counted, ordered or paged. Of what gateways answer themselves only trying out whether a call would be allowed is a use:
 * the reading of this very list is none, nor is what the person agreed to or had corrected.
 */
export function isShown({ service }: Pick<OutlinedRow, "service">): boolean {
  return service !== null && (!isReserved(service as ServiceId) || isDryRun(service));
}

/**
 * Those that do not try out what a restriction hides: that somebody asks whether he may would tell as much. A dry run whose
 * record names a purpose is hidden like any other exchange; one for no purpose could have been for any.
 * @param tried the services that dry runs were about
 */
export function leaveOutRestrictedTrials(
  rows: readonly OutlinedRow[],
  tried: ReadonlyMap<OutlinedRow, string>,
  restrictions: Restrictions,
  now: number,
): readonly OutlinedRow[] {
  return rows.filter((row) => {
    const service = tried.get(row);
    if (service === undefined || row.purpose !== null) return true;
    const { consumer, time } = row;
    return !restrictions.coversSomePurpose({ consumer, service, time }, now);
  });
}

/** Those that no restriction hides now: whatever is made of the others, a list is that of a log that never had them. */
export function leaveOutRestricted(
  rows: readonly OutlinedRow[],
  restrictions: Restrictions,
  now: number,
): readonly OutlinedRow[] {
  return rows.filter((row) => {
    const { consumer, service, purpose, time } = row;
    const id = purpose === null ? null : purpose.slice(0, purpose.lastIndexOf("#"));
    // Asked for only where single exchanges are restricted: it costs the whole row.
    const exchange = {
      ...{ consumer, service, purpose: id, time },
      get exchangeId() {
        return row.whole().exchangeId;
      },
    };
    return restrictions.covering(exchange, now) === undefined;
  });
}
