import { readTrust } from "../assembly/read-trust.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { systemClock } from "../core/clock.ts";
import { parseMemberId } from "../core/ids.ts";
import { type Successor, successorsOf } from "../trust/successors.ts";
import { type Flag, type Operands, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { configFlag } from "./config-flag.ts";
import { jsonFlag } from "./json-flag.ts";
import { readDay } from "./read-day.ts";

export const summary = "Tells who answers today for a member of earlier days";

export const description =
  "By the successions in the global configuration: members that merged, split, took another name or were dissolved, with the " +
  "legal act and its date. A member of which none is registered answers for itself, whether or not it still is a member.";

export const flags = [
  configFlag,
  { kind: "text", name: "at", value: "DATE", description: "Who answered on that day; today unless told." },
  jsonFlag,
] as const satisfies readonly Flag[];

export const operands: Operands = {
  name: "MEMBER",
  least: 1,
  most: 1,
  description: "Its identifier, as in old evidence.",
};

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  const at = given.at === undefined ? systemClock.now() : readDay("at", given.at);
  const member = parseMemberId(named[0]!);
  const index = await readTrust(await loadServerConfiguration(given.config), systemClock);
  const successors = successorsOf(index.content.successions, member, at);
  const nameOf = ({ member: id }: Successor) => index.member(id)?.name;
  const lines = successors.map((one) => lineOf(one, nameOf(one)));
  const told = given.json
    ? `${JSON.stringify(successors.map((one) => shapeOf(one, nameOf(one))))}\n`
    : `${lines.length === 0 ? "nobody: it was dissolved" : lines.join("\n")}\n`;
  process.stdout.write(told);
  return exitCodes.ok;
}

function lineOf({ member, shares, through }: Successor, name: string | undefined): string {
  const who = `${member}  ${(name ?? "not registered").replace(/\p{Cc}/gu, " ")}`;
  const what = shares.map((share) => `  of it: ${share}`);
  const why = through.map(({ kind, act, date }) => `  ${kind} on ${day(date)}: ${act}`);
  return [who, ...what, ...why].join("\n").replace(/[^\P{Cc}\n]/gu, " ");
}

function shapeOf({ member, shares, through }: Successor, name: string | undefined) {
  const steps = through.map(({ date, ...step }) => ({ ...step, date: day(date) }));
  return { member, name: name ?? null, shares, through: steps };
}

function day(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
