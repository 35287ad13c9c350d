import { orderRetention } from "../assembly/order-retention.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { type Flag, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { configFlag } from "./config-flag.ts";
import { jsonFlag, toJson } from "./json-flag.ts";

export const summary = "Destroys the keys whose retention is over";

export const description =
  "The running server does this by itself, each day. A key encrypts what one member has of one retention class, part and " +
  "day: with it the content is erased here, in archives and in every backup; signatures, digests and time-stamps stay. " +
  "What is destroyed is stated first, signed, in the log.\n" +
  "While the server runs it does the work, after it has asked a time-stamping authority for the time. When it is " +
  "stopped, the newest time-stamp in the log is the time that counts.";

export const flags = [
  configFlag,
  { kind: "switch", name: "dry-run", description: "Says what would be destroyed, and changes nothing." },
  jsonFlag,
] as const satisfies readonly Flag[];

export async function run(args: readonly string[]): Promise<number> {
  const given = readArguments({ flags }, args).flags;
  const dryRun = given["dry-run"];
  const report = await orderRetention(await loadServerConfiguration(given.config), { order: "run", dryRun });
  const { keys, held, late, finished, byClass } = report;
  const lines = [
    `${keys} keys ${dryRun ? "would be" : "were"} destroyed`,
    ...Object.entries(byClass).map(([name, count]) => `  ${name}: ${count}`),
    ...(finished > 0
      ? [`${finished} keys that were stated as destroyed before were there, and are gone`]
      : []),
    ...(late > 0 ? [`${late} of them after their period of grace`] : []),
    ...(held > 0 ? [`${held} keys are kept by legal holds`] : []),
  ];
  process.stdout.write(given.json ? toJson({ dryRun, ...report }) : `${lines.join("\n")}\n`);
  return exitCodes.ok;
}
