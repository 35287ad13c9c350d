import type { Flag } from "../arguments.ts";
import type { Command } from "../command.ts";
import { commonFlags } from "../help.ts";

/** What a shell is told of a command. Names, flags and summaries are ours: letters, digits, `-` and plain sentences. */
export interface CompletedCommand {
  /** One word or two: `log check`. */
  readonly name: string;
  readonly summary: string;
  /** `--config`, in the order of the help. */
  readonly flags: readonly CompletedFlag[];
}

export interface CompletedFlag {
  /** `--config` */
  readonly spelling: string;
  readonly description: string;
  /** What follows it: nothing, the name of a file or folder, or something that no shell knows. */
  readonly takes: "nothing" | "path" | "value";
}

/** How placeholders of values are called whose value is a path. */
const paths: ReadonlySet<string> = new Set(["FILE", "DIR", "FILE_OR_URL"]);

/** The table of commands as shells need it. */
export function completionTable(commands: ReadonlyMap<string, Command>): CompletedCommand[] {
  return [...commands].map(([name, { summary, flags }]) => {
    return { name, summary, flags: [...flags, ...commonFlags].map(completed) };
  });
}

function completed(flag: Flag): CompletedFlag {
  const spelling = `--${flag.name}`;
  const description = flag.description.split("\n")[0]!;
  if (flag.kind === "switch") return { spelling, description, takes: "nothing" };
  return { spelling, description, takes: paths.has(flag.value) ? "path" : "value" };
}

/** What may stand first, each word once, with the summary of the command that is that one word. */
export function firstWords(table: readonly CompletedCommand[]): Map<string, string> {
  const words = new Map<string, string>();
  for (const { name, summary } of table) {
    const [first, second] = name.split(" ");
    if (second === undefined) words.set(first!, summary);
    else if (!words.has(first!)) words.set(first!, `Commands on ${first}`);
  }
  return words;
}

/** By first word: the second words that make a command with it. */
export function secondWords(table: readonly CompletedCommand[]): Map<string, readonly CompletedCommand[]> {
  const two = table.filter(({ name }) => name.includes(" "));
  return Map.groupBy(two, ({ name }) => name.split(" ")[0]!);
}

/** Text in single quotes, as POSIX shells and fish read it. */
export function quoted(text: string): string {
  return `'${text.replaceAll("\\", "").replaceAll("'", "’")}'`;
}
