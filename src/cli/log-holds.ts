import { orderRetention } from "../assembly/order-retention.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import type { HoldReport } from "../messagelog/retention/retention-orders.ts";
import { type Flag, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { configFlag } from "./config-flag.ts";
import { jsonFlag, toJson } from "./json-flag.ts";
import { printedTable } from "./table-lines.ts";

export const summary = "Lists the legal holds of a security server";

export const description =
  "Those that were lifted, too. `stale` is a hold in force whose review date has passed: the exit code is 1 then.";

export const flags = [configFlag, jsonFlag] as const satisfies readonly Flag[];

export async function run(args: readonly string[]): Promise<number> {
  const given = readArguments({ flags }, args).flags;
  const configuration = await loadServerConfiguration(given.config);
  const { holds } = await orderRetention(configuration, { order: "list", dryRun: true });
  process.stdout.write(given.json ? toJson(holds) : printedTable(heads, holds.map(cellsOf)));
  return holds.some(({ state }) => state === "stale") ? exitCodes.failed : exitCodes.ok;
}

const heads = ["hold", "state", "case", "authority", "scope", "messages", "placed", "review by", "by"];

function cellsOf({
  hold,
  case: number,
  authority,
  scope,
  placed,
  review,
  by,
  state,
  records,
}: HoldReport): string[] {
  const day = (time: number) => new Date(time).toISOString().slice(0, 10);
  const dates = [day(placed), day(review)];
  return [hold, state, number, authority, scope, `${records}`, ...dates, by.join(" and ")];
}
