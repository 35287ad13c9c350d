import type { Alarm, StandingAlarm } from "../http/health-interface.ts";

/** Remembers since when alarms stand; their words may change meanwhile, code and `about` are what they are. */
export class AlarmBook {
  #since = new Map<string, number>();

  /**
   * Takes note of all alarms that stand now: what is not among them has ended.
   * @param now milliseconds since the epoch
   */
  note(alarms: readonly Alarm[], now: number): StandingAlarm[] {
    const standing = alarms.map((alarm) => ({ ...alarm, since: this.#since.get(nameOf(alarm)) ?? now }));
    this.#since = new Map(standing.map((alarm) => [nameOf(alarm), alarm.since]));
    return standing;
  }
}

function nameOf({ code, about = "" }: Alarm): string {
  return `${code} ${about}`;
}
