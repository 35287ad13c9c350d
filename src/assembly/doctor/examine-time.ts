import { randomBytes } from "node:crypto";
import { monotonic } from "../../core/clock.ts";
import { obtainTimestamp } from "../../pki/timestamp-client.ts";
import { clockAlarms } from "../clock-alarms.ts";
import { ClockWatch } from "../clock-watch.ts";
import { timestampSources } from "../open-log.ts";
import { broken, type ExaminedInForce, type Finding, warning, wordsOf } from "./finding.ts";

/** Asks each time-stamping authority for a token, which proves nothing and is not kept, and compares its time with ours. */
export async function examineTime({ clock, index }: ExaminedInForce): Promise<Finding[]> {
  const watch = new ClockWatch(clock, monotonic, () => {});
  const sources = timestampSources({ index: () => index }, clock);
  const imprint = { digest: "sha256", value: randomBytes(32) } as const;
  const heard: typeof sources.heard = (url, time) => watch.heardAuthority(url, time);
  const failures = await Promise.all(
    sources.authorities.map(async (authority) => {
      const failure = await obtainTimestamp(imprint, { ...sources, authorities: [authority], heard }).then(
        () => undefined,
        (error: unknown) => error,
      );
      return failure === undefined ? [] : [wordsOf(failure)];
    }),
  );
  return [
    ...authorityFindings(failures.flat(), sources.authorities.length),
    ...clockAlarms(watch.figures()).map(({ severity, about, detail, remedy }) => {
      const why = "Messages whose time is a minute away are refused; evidence holds these times.";
      const what = about === undefined ? detail : `${about}: ${detail}`;
      return severity === "critical" ? broken(what, why, remedy) : warning(what, why, remedy);
    }),
  ];
}

function authorityFindings(failures: readonly string[], asked: number): Finding[] {
  const why =
    "Messages that nobody time-stamps prove less; when they have waited too long, exchanges are refused.";
  const remedy =
    "Look at the network to the time-stamping authority; tell the governing authority when it stays away.";
  if (asked === 0)
    return [broken("the instance lists no time-stamping authority", why, "Tell the governing authority.")];
  const isLost = failures.length === asked;
  return failures.map((what) => (isLost ? broken(what, why, remedy) : warning(what, why, remedy)));
}
