import { openArchiving } from "../assembly/open-archive.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { systemClock } from "../core/clock.ts";
import { archiveLog, ForeignArchive } from "../messagelog/archive/archive-log.ts";
import { type Flag, readArguments, UsageError } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { configFlag } from "./config-flag.ts";
import { readDay } from "./read-day.ts";

export const summary = "Archives the closed days of a security server's log as signed files";

export const description =
  "Works beside the running server or without it. Each day that was time-stamped before DATE becomes a folder of its " +
  "own, or several when it is large: records, time-stamps, certificates, OCSP responses and the documents in force, with " +
  "a list of all files that the server's owner signs. What stands in the archive is never changed, so that it may be " +
  "uploaded by any tool; the next run goes on where this one ends. Verify an archive with `sealway verify DIR`.\n" +
  "Heads and bodies stay encrypted under the keys in the vault: destroying a key erases the archive, too. Nothing is " +
  "removed from the log.";

export const flags = [
  configFlag,
  {
    kind: "required",
    name: "until",
    value: "DATE",
    description: "The first day (2026-11-22, UTC) that is not archived; today at the latest.",
  },
  {
    kind: "required",
    name: "out",
    value: "DIR",
    description: "The archive; made when it does not exist, else continued.",
  },
] as const satisfies readonly Flag[];

export async function run(args: readonly string[]): Promise<number> {
  const { config, until, out } = readArguments({ flags }, args).flags;
  const end = readEnd(until);
  const { source, signer } = await openArchiving(await loadServerConfiguration(config));
  try {
    let records = 0;
    const place = { directory: out, signer, clock: systemClock };
    for await (const { name, manifest } of archiveLog(source, place, end)) {
      records += manifest.records;
      process.stdout.write(`${name}\n`);
    }
    process.stderr.write(`${records} records archived\n`);
    return exitCodes.ok;
  } catch (error) {
    if (!(error instanceof ForeignArchive)) throw error;
    process.stderr.write(`sealway log archive: ${error.message}; nothing was written\n`);
    return exitCodes.unusable;
  } finally {
    source.log.close();
  }
}

/** A day that has not ended would be cut in two by the run. */
function readEnd(text: string): number {
  const time = readDay("until", text);
  if (time > systemClock.now())
    throw new UsageError(`--until ${text} is in the future`, "The days before today are closed.");
  return time;
}
