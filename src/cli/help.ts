import type { Flag, Operands } from "./arguments.ts";
import { type Command, exitCodeMeanings } from "./command.ts";

/** Flags that every command has; the dispatcher answers them. */
export const commonFlags: readonly Flag[] = [
  { kind: "switch", name: "help", description: "Shows the help text and exits." },
  { kind: "switch", name: "version", description: "Shows the version and exits." },
];

/** The help text of the executable: what there is, and how to learn more. */
export function overview(commands: ReadonlyMap<string, Command>): string {
  const lines = [...commands].map(([name, { summary }]) => [name, `${summary}.`] as const);
  return [
    "sealway: a gateway for the exchange of data between agencies",
    "",
    "Usage: sealway COMMAND [flags]",
    "",
    "Commands",
    ...columns(lines),
    "",
    "`sealway COMMAND --help` describes a command's flags; `sealway --version` shows the version.",
    "",
    ...exitCodeLines(),
    "",
  ].join("\n");
}

/** The help text of commands that begin with one word. */
export function groupHelp(word: string, commands: ReadonlyMap<string, Command>): string {
  const lines = [...commands].map(([name, { summary }]) => [name, `${summary}.`] as const);
  return [
    `Usage: sealway ${word} COMMAND [flags]`,
    "",
    ...columns(lines),
    "",
    `\`sealway ${word} COMMAND --help\` describes a command's flags.`,
    "",
  ].join("\n");
}

/** The help text of one command: every flag with its default and its environment variable. */
export function commandHelp(name: string, command: Command): string {
  return [
    ...wrap(`sealway ${name}: ${command.summary}`, 0),
    "",
    ...wrap(`Usage: ${usageOf(name, command)}`, 0),
    "",
    ...(command.description === undefined ? [] : [...wrap(command.description, 0), ""]),
    ...(command.operands === undefined ? [] : ["Arguments", ...operandLines(command.operands), ""]),
    "Flags",
    ...columns([...command.flags, ...commonFlags].map((flag) => [spelling(flag), meaning(flag)])),
    "",
    ...exitCodeLines(),
    "",
  ].join("\n");
}

/** `sealway verify [flags] PACKAGE...`, with the flags that must be given spelled out. */
export function usageOf(name: string, { flags, operands }: Command): string {
  const required = flags.filter(({ kind }) => kind === "required").map(spelling);
  return ["sealway", name, ...required, "[flags]", ...operandNames(operands)].join(" ");
}

/** `--port PORT` */
export function spelling(flag: Flag): string {
  return flag.kind === "switch" ? `--${flag.name}` : `--${flag.name} ${flag.value}`;
}

/** What a flag is when nobody gives it, in words; undefined when there is nothing to say. */
export function defaultOf(flag: Flag): string | undefined {
  if (flag.kind === "required") return "required";
  return flag.kind === "text" || flag.kind === "number" ? flag.default?.toString() : undefined;
}

function meaning(flag: Flag): string {
  const notes = [flag.description];
  const ordinary = defaultOf(flag);
  if (flag.kind === "required") notes.push("[required]");
  else if (ordinary !== undefined) notes.push(`[default: ${ordinary}]`);
  if (flag.kind === "list") notes.push("[may be repeated]");
  if (flag.env !== undefined) notes.push(`[environment: ${flag.env}]`);
  return notes.join(" ");
}

function operandNames(operands: Operands | undefined): string[] {
  if (operands === undefined) return [];
  const name = operands.most > Math.max(1, operands.least) ? `${operands.name}...` : operands.name;
  return [operands.least === 0 ? `[${name}]` : name];
}

function operandLines(operands: Operands): string[] {
  return columns([[operands.name, operands.description]]);
}

function exitCodeLines(): string[] {
  return ["Exit codes", ...columns(exitCodeMeanings.map(([code, text]) => [`${code}`, text]))];
}

function columns(rows: readonly (readonly [left: string, right: string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length)) + 4;
  return rows.flatMap(([left, right]) => {
    const [first, ...rest] = wrap(right, width);
    return [`  ${left}`.padEnd(width) + (first ?? "").trimStart(), ...rest];
  });
}

/** Lines of at most 100 characters, each beginning with `indent` spaces. */
function wrap(text: string, indent: number): string[] {
  const margin = " ".repeat(indent);
  const lines: string[] = [];
  for (const paragraph of text.split("\n")) {
    let line = "";
    for (const word of paragraph.split(" ")) {
      if (line !== "" && indent + line.length + 1 + word.length > 100) {
        lines.push(margin + line);
        line = "";
      }
      line += line === "" ? word : ` ${word}`;
    }
    lines.push(line === "" ? "" : margin + line);
  }
  return lines;
}
