import type { CaseworkReports } from "../assembly/casework-orders.ts";
import { orderCasework } from "../assembly/order-casework.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { type Flag, readArguments } from "./arguments.ts";
import { dayOf } from "./casework-flags.ts";
import { exitCodes } from "./command.ts";
import { runningConfigFlag } from "./config-flag.ts";
import { jsonFlag, toJson } from "./json-flag.ts";

export const summary = "Lists inquiries of persons about exchanges";

export const description =
  "For the data protection officer: `addressee` are those to a subsystem served here, `other` those to the other party of an " +
  "exchange, `authority` those that nobody answered in time. With --id all of one as JSON, also who asks and what. The exit " +
  "code is 1 when one is late.";

export const flags = [
  runningConfigFlag,
  { kind: "text", name: "id", value: "ID", description: "Only this one, with what is encrypted." },
  jsonFlag,
] as const satisfies readonly Flag[];

type Listed = CaseworkReports["inquiries list"][number];

export async function run(args: readonly string[]): Promise<number> {
  const given = readArguments({ flags }, args).flags;
  const configuration = await loadServerConfiguration(given.config);
  if (given.id !== undefined) {
    process.stdout.write(
      toJson(await orderCasework(configuration, { order: "inquiries show", id: given.id })),
    );
    return exitCodes.ok;
  }
  const inquiries = await orderCasework(configuration, { order: "inquiries list" });
  process.stdout.write(given.json ? toJson(inquiries) : inquiries.map(lineOf).join(""));
  return inquiries.some(({ isLate }) => isLate) ? exitCodes.failed : exitCodes.ok;
}

function lineOf({ id, about, side, own, peer, state, due, isLate, hold }: Listed): string {
  const late = isLate ? ", late" : "";
  const held = hold === null ? "" : ", records held";
  return `${id}  ${state}  ${side}  ${own}, about ${about} with ${peer}, due ${dayOf(due)}${late}${held}\n`;
}
