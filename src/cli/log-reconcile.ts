import { openEvidence } from "../assembly/open-evidence.ts";
import { restrictedRows, withoutRestricted } from "../assembly/restricted-rows.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { systemClock } from "../core/clock.ts";
import { type LedgerEntry, PairLedger } from "../messagelog/statement/pair-ledger.ts";
import { isAlarming } from "../messagelog/statement/reconciliation-result.ts";
import { type Flag, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { configFlag } from "./config-flag.ts";

export const summary = "Tells how a security server's log compares with those of its peers, hour by hour";

export const description =
  "Servers state to each other every hour what their logs hold of their exchanges, and narrow a difference to the exchange " +
  "ids. Reads what was stated and found, beside the running server or without it: an hour that agrees is a line, a " +
  "difference has a line for each exchange. `sealway evidence --other-side` and `sealway verify A.zip B.zip` show who holds what.";

export const flags = [
  configFlag,
  {
    kind: "number",
    name: "days",
    value: "COUNT",
    default: 7,
    least: 1,
    most: 3650,
    description: "How far back it tells.",
  },
  { kind: "switch", name: "json", description: "Writes a JSON object a line, one for each hour and pair." },
] as const satisfies readonly Flag[];

const dayMs = 24 * 3_600_000;

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given } = readArguments({ flags }, args);
  const configuration = await loadServerConfiguration(given.config);
  const { log } = await openEvidence(configuration);
  try {
    const documents = [...(await log.documentsOf("statement")), ...(await log.documentsOf("reconciliation"))];
    const ledger = new PairLedger();
    const owns = ({ server }: { readonly server: string }) => server === configuration.server;
    const since = systemClock.now() - given.days * dayMs;
    ledger.load(documents, owns, since);
    const restricted = await restrictedRows(configuration, since);
    const entries = ledger.entries.map((entry) => withoutRestricted(entry, restricted));
    for (const entry of entries) process.stdout.write(given.json ? `${toJson(entry)}\n` : toText(entry));
    if (entries.length === 0) process.stderr.write("nothing was stated in this time\n");
    return entries.some(({ result }) => result !== undefined && isAlarming(result))
      ? exitCodes.failed
      : exitCodes.ok;
  } finally {
    log.close();
  }
}

function toJson({ hour, own, theirs, result }: LedgerEntry): string {
  const sums = [own, theirs].map((one) => one && { count: one.statement.count, root: one.statement.root });
  return JSON.stringify({
    ...{ from: new Date(hour.from).toISOString(), member: hour.member, peer: hour.peer },
    ...{ peerServer: hour.peerServer, here: sums[0] ?? null, there: sums[1] ?? null },
    ...{ outcome: result?.outcome ?? "pending", reason: result?.reason ?? null },
    ...{ findings: result?.findings ?? [], unresolved: result?.unresolved ?? 0 },
  });
}

function toText({ hour, own, theirs, result }: LedgerEntry): string {
  const { from, member, peer, peerServer } = hour;
  const counts = [own, theirs].map((one) => one?.statement.count ?? "-").join("/");
  const outcome = result?.outcome ?? "pending";
  const reason = typeof result?.reason === "string" ? ` (${result.reason})` : "";
  const hourText = new Date(from).toISOString().slice(0, 16);
  const line = `${hourText} ${outcome.padEnd(8)} ${counts.padEnd(12)} ${member} - ${peer} at ${peerServer}${reason}`;
  const findings = (result?.findings ?? []).map(
    ({ exchange, finding, part }) => `  ${finding.padEnd(14)} ${exchange} ${part}`,
  );
  const more =
    result !== undefined && result.unresolved > 0 ? [`  and ${result.unresolved} more at least`] : [];
  return `${[line, ...findings, ...more].join("\n")}\n`;
}
