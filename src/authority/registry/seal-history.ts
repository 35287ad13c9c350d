import type { RegisteredSeal } from "../../message/registration/registered.ts";
import type { HistoryEntry } from "../../trust/configuration-parts.ts";

/** Histories go forward, also when two steps are taken within a millisecond. */
export function laterEntry(
  { history }: Pick<RegisteredSeal, "history">,
  state: HistoryEntry["state"],
  time: number,
): HistoryEntry {
  const last = history.length === 0 ? 0 : Date.parse(history.at(-1)!.from);
  return { state, from: new Date(Math.max(time, last + 1)).toISOString() };
}
