import { text as readAll } from "node:stream/consumers";
import { UsageError } from "./arguments.ts";

/** Flags and operands that the commands about feedback, corrections and inquiries have in common. */

export const jsonFlag = { kind: "switch", name: "json", description: "Prints JSON." } as const;

export const reasonFlag = {
  kind: "switch",
  name: "reason",
  description: "Reads from standard input why, in 2,000 characters at most.",
} as const;

/** The one case that is meant. @param what it is called on the command line */
export function oneCase(what: string, list: string) {
  return { name: what, least: 1, most: 1, description: `As \`${list}\` lists it.` } as const;
}

/** What a person writes is no argument: those stand in the list of processes and in the shell's history. */
export async function readWritten(): Promise<string> {
  const written = (await readAll(process.stdin)).trim();
  if (written === "") throw new UsageError("standard input has no text");
  return written;
}

export function dayOf(time: number | null): string {
  return time === null ? "-" : new Date(time).toISOString().slice(0, 10);
}

/** @throws UsageError for what is no day */
export function readDay(flag: string, text: string): number {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(time)) throw new UsageError(`--${flag} ${text} is no date`, "Write 2027-06-30.");
  return time;
}

export function toJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
