import { writeFile } from "node:fs/promises";
import { type CompromiseReport, handleCompromise } from "../assembly/keys/handle-compromise.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { systemClock } from "../core/clock.ts";
import { type Flag, type Operands, readArguments, UsageError } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { configFlag } from "./config-flag.ts";
import { timeOf } from "./log-query.ts";

export const summary =
  "Handles a leaked key: suspends it, tells the authority, lists what it concerns, finds forgeries";

export const description =
  "The seal is suspended at this server at once, for good, whatever else succeeds. The governing authority is told since when " +
  "it counts for nothing, signed by another seal of the member or, failing that, by the leaked one. What the key has sealed " +
  "since then is listed from the log: exchanges, the members on the other side, and how many persons are named. Then the " +
  "running server asks every other one, hour by hour, what it holds of the member's exchanges: what the log does not have, " +
  "or has otherwise, somebody else sealed. For these questions the member needs another key: without one, give the command " +
  "again when it has. Given again, it does what is left.";

export const flags = [
  configFlag,
  {
    kind: "required",
    name: "from",
    value: "TIME",
    description:
      "Since when somebody else may have had the key: RFC 3339, such as 2026-11-22 or 2026-11-22T08:00:00Z.",
  },
  {
    kind: "text",
    name: "out",
    value: "FILE",
    description: "Writes the whole report as JSON, with each exchange. An existing file is left alone.",
  },
] as const satisfies readonly Flag[];

export const operands: Operands = {
  name: "KEY",
  least: 1,
  most: 1,
  description:
    "Name or fingerprint of the seal, as `keys list` has them; `checkpoints` for the one of `members[].checkpointSeal`.",
};

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  const from = timeOf(given.from);
  if (from === undefined || from > systemClock.now())
    throw new UsageError(`--from ${given.from} is no time that has come`, "Write 2026-11-22T08:00:00Z.");
  const configuration = await loadServerConfiguration(given.config);
  const report = await handleCompromise(configuration, { key: named[0]!, from }, systemClock);
  if (given.out !== undefined) await writeFile(given.out, toJson(report), { mode: 0o600, flag: "wx" });
  process.stdout.write(toText(report));
  return isDone(report) ? exitCodes.ok : exitCodes.failed;
}

/** Whether nothing is left to do, and nothing was forged. */
function isDone({ authority, forgeries }: CompromiseReport): boolean {
  if ("failure" in authority || authority.state !== "approved" || "failure" in forgeries) return false;
  return forgeries.forgeries.length + forgeries.unresolved + forgeries.silent.length === 0;
}

function toText({
  member,
  fingerprint,
  compromisedFrom,
  authority,
  concerned,
  forgeries,
}: CompromiseReport): string {
  const { exchanges, members, persons } = concerned;
  const lines = [
    `suspended: the seal ${fingerprint} of ${member}, compromised from ${compromisedFrom}`,
    "failure" in authority
      ? `NOT TOLD: the governing authority: ${authority.failure}`
      : `told: the governing authority; the request is ${authority.state}`,
    `concerned: ${exchanges.length} exchanges with ${members.size} members, naming at most ${persons} persons`,
    ...[...members].map(([peer, count]) => `  ${count} with ${peer}`),
    ...forgeryLines(forgeries),
  ];
  return `${lines.join("\n")}\n`;
}

function forgeryLines(found: CompromiseReport["forgeries"]): string[] {
  if ("failure" in found) return [`NOT ASKED: the peers: ${found.failure}`];
  const { forgeries, unresolved, asked, silent } = found;
  return [
    `asked: ${asked} hours of peers; ${forgeries.length} exchanges that were not sealed here`,
    ...forgeries.map(({ exchange, finding, part, peer, peerServer }) => {
      return `  FORGED ${exchange} ${part} ${finding}, held by ${peer} at ${peerServer}`;
    }),
    ...(unresolved > 0 ? [`  and ${unresolved} more at least`] : []),
    ...silent.map(({ peer, peerServer, reason }) => `  NOT ASKED ${peer} at ${peerServer}: ${reason}`),
  ];
}

function toJson({ concerned, ...report }: CompromiseReport): string {
  const { exchanges, members, persons } = concerned;
  const timed = exchanges.map((one) => ({ ...one, time: new Date(one.time).toISOString() }));
  const told = { ...report, concerned: { exchanges: timed, members: Object.fromEntries(members), persons } };
  return `${JSON.stringify(told, undefined, 2)}\n`;
}
