import type { Clock } from "../../core/clock.ts";
import { isoDay } from "./calendar.ts";

const millisecondsPerDay = 86_400_000;

/** The day, `YYYY-MM-DD`, UTC. */
export function today(clock: Clock): string {
  return isoDay(Math.floor(clock.now() / millisecondsPerDay));
}
