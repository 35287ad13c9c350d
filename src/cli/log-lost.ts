import { openEvidence } from "../assembly/open-evidence.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { uuidV7Time } from "../core/uuid.ts";
import { describeReason } from "../messagelog/recovery/judge-recovered.ts";
import {
  isRecovered,
  type LossReport,
  type LostExchangeReport,
  reportLosses,
} from "../messagelog/recovery/lost-report.ts";
import { RecoveredFolder } from "../messagelog/recovery/recovered-folder.ts";
import { type Flag, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { configFlag } from "./config-flag.ts";

export const summary = "Tells what a security server's log lost by a discontinuity, and what was recovered";

export const description =
  "After a start with a discontinuity record the server asks every other server, hour by hour, which exchanges it has " +
  "and this log has not, fetches the other side's evidence package of each, verifies it and keeps it in `recovered` in " +
  "the state directory. Reads what came of it, beside the running server or without it: a line for each exchange, with " +
  "the package or why there is none yet, and how far each server was asked.\n" +
  "Exit code 0 when everything that any other server has is recovered, or nothing was lost; 1 when something is " +
  "awaited, a server was not asked to the end, or a package is gone or was changed. Exchanges between two members of " +
  "this very server nobody else has, and what no other server names is not listed.";

export const flags = [
  configFlag,
  { kind: "switch", name: "json", description: "Writes one JSON object." },
] as const satisfies readonly Flag[];

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given } = readArguments({ flags }, args);
  const configuration = await loadServerConfiguration(given.config);
  const { log } = await openEvidence(configuration);
  try {
    const reports = await reportLosses(log, new RecoveredFolder(configuration.stateDirectory));
    process.stdout.write(given.json ? `${JSON.stringify(toJson(reports))}\n` : toText(reports));
    return reports.every(isRecovered) ? exitCodes.ok : exitCodes.failed;
  } finally {
    log.close();
  }
}

const timeText = (time: number) => new Date(time).toISOString();

function toJson(reports: readonly LossReport[]): object {
  const discontinuities = reports.map((report) => {
    const { record, server, reason, declared, lost, kept, from, servers, exchanges, unresolved } = report;
    return {
      ...{ record, server, reason, declared: timeText(declared), batches: { lost, kept } },
      ...{ from: timeText(from), to: timeText(declared), recovered: isRecovered(report), unresolved },
      servers: Object.entries(servers).map(([id, { until, failure }]) => {
        return { server: id, asked: until > declared, until: timeText(Math.min(until, declared)), failure };
      }),
      exchanges: exchanges.map(({ pair, exchange, role, outcome, path, file, reason: why }) => {
        const { member, peer, peerServer } = pair;
        const time = timeText(uuidV7Time(exchange));
        const sides = { role, member, peer, peerServer };
        return { exchange, time, ...sides, outcome, file, package: path, reason: why };
      }),
    };
  });
  return { recovered: reports.every(isRecovered), discontinuities };
}

function toText(reports: readonly LossReport[]): string {
  if (reports.length === 0) return "nothing was lost: the log has no discontinuity\n";
  return reports.flatMap((report) => [...linesOf(report), ""]).join("\n");
}

function linesOf(report: LossReport): string[] {
  const { declared, exchanges, from, kept, lost, reason, servers, unresolved } = report;
  const asked = Object.entries(servers).map(([server, { failure, until }]) => {
    if (until > declared) return `  ${server} was asked about all of it`;
    return `  ${server} was asked up to ${timeText(until)}${failure === null ? "" : `: ${failure}`}`;
  });
  const recovered = exchanges.filter(({ outcome }) => outcome === "recovered").length;
  return [
    `DISCONTINUITY declared at ${timeText(declared)}: ${printable(reason)}`,
    `  given up: ${lost} batches; it went on from ${kept}`,
    `  asked for: exchanges from ${timeText(from)} on`,
    ...(asked.length === 0 ? ["  no server was asked yet: it is done while the server runs"] : asked),
    ...exchanges.map(describe),
    ...(unresolved > 0
      ? [`  and more in ${unresolved} parts of hours: peers named too many to ask for`]
      : []),
    `${recovered} exchanges recovered, ${exchanges.length - recovered} awaited`,
  ];
}

function describe({ exchange, file, outcome, pair, path, reason, role }: LostExchangeReport): string {
  const { member, peer, peerServer } = pair;
  const sides = `${timeText(uuidV7Time(exchange)).slice(0, 10)} ${role} ${member} - ${peer}`;
  const line = `  ${outcome.padEnd(9)} ${exchange} ${sides}`;
  if (path !== null) return `${line} ${file} ${path}`;
  return `${line} from ${peerServer}: ${reason === null ? "not asked yet" : describeReason(reason)}`;
}

/** The officers' words must not steer the terminal. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e\u00a0-\uffff]/g, "?");
}
