import { listAgreements } from "../assembly/order-agreement.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { type Flag, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { runningConfigFlag } from "./config-flag.ts";
import { jsonFlag, toJson } from "./json-flag.ts";
import { printedTable } from "./table-lines.ts";

export const summary = "Lists the agreements that a security server holds";

export const description =
  "Those that are made by acts, and the files of the operator's folder (`agreementsDirectory`).";

export const flags = [runningConfigFlag, jsonFlag] as const satisfies readonly Flag[];

export async function run(args: readonly string[]): Promise<number> {
  const given = readArguments({ flags }, args).flags;
  const configuration = await loadServerConfiguration(given.config);
  const listed = await listAgreements(configuration);
  const rows = listed.map(({ id, consumer, service, state, source, suspendedBy, revision, to }) => {
    const stopped = suspendedBy.length === 0 ? "" : `, suspended by ${suspendedBy.join(", ")}`;
    const until = new Date(to).toISOString().slice(0, 10);
    return [id, `${state}${stopped}`, `${revision}`, until, source, `${consumer} -> ${service}`];
  });
  const heads = ["agreement", "state", "revision", "until", "by", "who asks what"];
  process.stdout.write(given.json ? toJson(listed) : printedTable(heads, rows));
  return exitCodes.ok;
}
