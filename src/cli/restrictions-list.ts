import { type ListedRestriction, orderRestriction } from "../assembly/restriction-orders.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { type Flag, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { configFlag } from "./config-flag.ts";

export const summary = "Lists the restrictions that the ordering authority served here has ordered";

export const description =
  "For the authority alone: a server that serves no ordering authority tells nothing of the restrictions that it keeps to.";

export const flags = [
  configFlag,
  { kind: "switch", name: "json", description: "Prints them as JSON, with all that they cover." },
] as const satisfies readonly Flag[];

export async function run(args: readonly string[]): Promise<number> {
  const given = readArguments({ flags }, args).flags;
  const configuration = await loadServerConfiguration(given.config);
  const { restrictions } = await orderRestriction(configuration, { order: "restriction list" });
  const text = given.json
    ? `${JSON.stringify(restrictions, undefined, 2)}\n`
    : restrictions.map(lineOf).join("") || "none\n";
  process.stdout.write(text);
  return exitCodes.ok;
}

function lineOf({ id, state, consumer, service, purpose, exchanges, reviewBy }: ListedRestriction): string {
  const what = exchanges.length === 0 ? "" : `, ${exchanges.length} exchanges alone`;
  const day = new Date(reviewBy).toISOString();
  return `${id}  ${state}  review by ${day}  ${consumer} at ${service} for ${purpose}${what}\n`;
}
