import { orderRetention } from "../assembly/order-retention.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import type { HoldReport } from "../messagelog/retention/retention-orders.ts";
import { type Flag, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { configFlag } from "./config-flag.ts";
import { jsonFlag, toJson } from "./json-flag.ts";

export const summary = "Lists the legal holds of a security server";

export const description =
  "Those that were lifted, too. `stale` is a hold in force whose review date has passed: the exit code is 1 then.";

export const flags = [configFlag, jsonFlag] as const satisfies readonly Flag[];

export async function run(args: readonly string[]): Promise<number> {
  const given = readArguments({ flags }, args).flags;
  const configuration = await loadServerConfiguration(given.config);
  const { holds } = await orderRetention(configuration, { order: "list", dryRun: true });
  process.stdout.write(given.json ? toJson(holds) : holds.map(lineOf).join(""));
  return holds.some(({ state }) => state === "stale") ? exitCodes.failed : exitCodes.ok;
}

function lineOf({
  hold,
  case: number,
  authority,
  scope,
  placed,
  review,
  by,
  state,
  records,
}: HoldReport): string {
  const day = (time: number) => new Date(time).toISOString().slice(0, 10);
  const dates = `placed ${day(placed)}, review by ${day(review)}`;
  return `${hold}  ${state}  case ${number} of ${authority}: ${scope}, ${records} messages, ${dates}, ${by.join(" and ")}\n`;
}
