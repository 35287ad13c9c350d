import type { RegisteredSeal } from "../../message/registration/registered.ts";
import type { HistoryEntry } from "../../trust/configuration-parts.ts";

/** What was said of a seal up to a time: what was planned for later counts no more once something else happens. */
export function historyUntil(
  { history }: Pick<RegisteredSeal, "history">,
  time: number,
): RegisteredSeal["history"] {
  return history.filter(({ from }) => Date.parse(from) <= time);
}

/** Histories go forward, also when two steps are taken within a millisecond. */
export function laterEntry(
  { history }: Pick<RegisteredSeal, "history">,
  state: HistoryEntry["state"],
  time: number,
): HistoryEntry {
  const last = history.length === 0 ? 0 : Date.parse(history.at(-1)!.from);
  return { state, from: new Date(Math.max(time, last + 1)).toISOString() };
}
