import type { Alarm } from "../http/health-interface.ts";
import type { ClockFigures, Difference } from "./clock-watch.ts";

/** Messages are refused from a minute on: who is told earlier has time to set a clock. Milliseconds. */
const warnFrom = 5_000;
const alarmFrom = 20_000;
/** How long nobody's clock may be seen after a step of ours. */
const confirmWithin = 60_000;

/** What is wrong with a clock: ours, or an authority's. Peers' clocks are figures only: peers could invent alarms. */
export function clockAlarms(figures: ClockFigures): Alarm[] {
  return [...ownAlarms(figures), ...figures.authorities.flatMap((one) => authorityAlarms(one, figures))];
}

function ownAlarms({ offset, jump, unseenMs, authorities, peers }: ClockFigures): Alarm[] {
  if (offset === null) {
    if (jump === null || unseenMs < confirmWithin) return [];
    const detail = `the clock stepped by ${seconds(jump.by)}, and nobody's has been seen since`;
    const remedy = "Compare it with another clock; look at the connection to the time-stamping authorities.";
    return [{ code: "clock_unconfirmed", severity: "warning", detail, remedy }];
  }
  if (Math.abs(offset) < warnFrom) return [];
  const by = `${authorities.length} time-stamping authorities and ${peers.length} peers`;
  const detail = `the clock is ${seconds(Math.abs(offset))} ${offset > 0 ? "slow" : "fast"} by the median of ${by}`;
  const remedy =
    "Set the clock of this server right and see that NTP keeps it so; exchanges are refused from 60 seconds on.";
  return [
    { code: "clock_wrong", severity: Math.abs(offset) < alarmFrom ? "warning" : "critical", detail, remedy },
  ];
}

/** Its time stands in evidence: that it differs from all the others is told. */
function authorityAlarms({ source, offset: theirs }: Difference, { offset }: ClockFigures): Alarm[] {
  const apart = theirs - (offset ?? theirs);
  if (Math.abs(apart) < warnFrom) return [];
  const detail = `its clock is ${seconds(Math.abs(apart))} ${apart > 0 ? "fast" : "slow"} by the median of all that were seen`;
  const remedy = "Tell whoever runs it; evidence holds its times.";
  return [{ code: "timestamp_authority_clock", severity: "warning", about: source, detail, remedy }];
}

function seconds(milliseconds: number): string {
  return `${Math.round(milliseconds / 1000)} s`;
}
