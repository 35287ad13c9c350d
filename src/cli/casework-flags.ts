/** Flags and operands that the commands about feedback, corrections and inquiries have in common. */

export const reasonFlag = {
  kind: "switch",
  name: "reason",
  description: "Reads from standard input why, in 2,000 characters at most.",
} as const;

/** The one case that is meant. @param what it is called on the command line */
export function oneCase(what: string, list: string) {
  return { name: what, least: 1, most: 1, description: `As \`${list}\` lists it.` } as const;
}

export function dayOf(time: number | null): string {
  return time === null ? "-" : new Date(time).toISOString().slice(0, 10);
}
