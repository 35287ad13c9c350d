import manifest from "../../package.json" with { type: "json" };
import { ConfigurationError } from "../core/configuration-file.ts";
import { SealwayError } from "../core/errors.ts";
import { nearestName } from "../core/nearest-name.ts";
import { DocumentError } from "../trust/document-error.ts";
import { UsageError } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { commandNames, loadCommand, loadCommands } from "./commands.ts";
import { commandHelp, groupHelp, overview } from "./help.ts";

/** Where a command line's words go; the process's own streams outside tests. */
export interface Terminal {
  readonly out: { write(text: string): unknown };
  readonly err: { write(text: string): unknown };
}

/**
 * Runs one command line.
 * @param args what stands behind `sealway`
 * @returns the exit code; errors are told on `terminal.err`, never thrown
 */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<number> {
  const [name, rest] = splitCommand(args);
  try {
    if (name === undefined || name === "--help" || name === "-h" || (name === "help" && rest.length === 0)) {
      terminal.out.write(overview(await loadCommands()));
      return name === undefined ? exitCodes.unusable : exitCodes.ok;
    }
    if (name === "--version" || has(rest, "--version")) {
      terminal.out.write(`${manifest.version}\n`);
      return exitCodes.ok;
    }
    if (name === "help") return await runCommand(splitCommand(rest)[0]!, ["--help"], terminal);
    return await runCommand(name, rest, terminal);
  } catch (error) {
    return tell(error, name ?? "", terminal);
  }
}

/** The command's name, which may be two words (`log check`), and what stands behind it. */
function splitCommand(args: readonly string[]): readonly [string | undefined, readonly string[]] {
  const words = commandNames.includes(args.slice(0, 2).join(" ")) ? 2 : 1;
  return [args.length === 0 ? undefined : args.slice(0, words).join(" "), args.slice(words)];
}

async function runCommand(name: string, args: readonly string[], terminal: Terminal): Promise<number> {
  const command = await loadCommand(name);
  if (command === undefined) return answerUnknown(name, args, terminal);
  if (has(args, "--help") || has(args, "-h")) {
    terminal.out.write(commandHelp(name, command));
    return exitCodes.ok;
  }
  return await command.run(args, loadCommands);
}

/** The first word of commands of two (`log`): what they are. Any other word: which command may have been meant. */
async function answerUnknown(name: string, args: readonly string[], terminal: Terminal): Promise<number> {
  const group = commandNames.filter((one) => one.startsWith(`${name} `));
  const [second] = args;
  if (group.length > 0 && (second === undefined || second.startsWith("-"))) {
    const all = await loadCommands();
    const isAsked = has(args, "--help") || has(args, "-h");
    terminal[isAsked ? "out" : "err"].write(
      groupHelp(name, new Map(group.map((one) => [one, all.get(one)!]))),
    );
    return isAsked ? exitCodes.ok : exitCodes.unusable;
  }
  const typed = group.length > 0 ? `${name} ${second}` : name;
  const near = nearestName(typed, group.length > 0 ? group : commandNames);
  const listed = group.length > 0 ? `sealway ${name} --help` : "sealway --help";
  const hint = near === undefined ? `\`${listed}\` lists the commands.` : `Did you mean \`sealway ${near}\`?`;
  terminal.err.write(`sealway: unknown command "${typed}". ${hint}\n`);
  return exitCodes.unusable;
}

/** Whether the flag stands before `--`, behind which everything is an operand. */
function has(args: readonly string[], flag: string): boolean {
  const end = args.indexOf("--");
  return (end < 0 ? args : args.slice(0, end)).includes(flag);
}

function tell(error: unknown, name: string, { err }: Terminal): number {
  if (error instanceof UsageError) {
    const hint = error.hint === undefined ? "" : ` ${error.hint}`;
    err.write(`sealway ${name}: ${error.message}.${hint}\n\`sealway ${name} --help\` describes the flags.\n`);
    return exitCodes.unusable;
  }
  if (error instanceof ConfigurationError || error instanceof DocumentError) {
    err.write(`sealway ${name}: ${error.message}\n`);
    return exitCodes.unusable;
  }
  if (error instanceof SealwayError) {
    err.write(
      `sealway ${name}: ${error.entry.title} (${error.code}): ${error.detail}. ${error.entry.remedy}\n`,
    );
    return exitCodes.failed;
  }
  const system = systemErrors.get((error as NodeJS.ErrnoException).code ?? "");
  if (system !== undefined) {
    err.write(`sealway ${name}: ${system}: ${(error as Error).message}\n`);
    return exitCodes.unusable;
  }
  err.write(`sealway ${name}: unexpected failure: ${(error as Error)?.stack ?? String(error)}\n`);
  return exitCodes.failed;
}

/** Failures of the operating system that the caller can mend. */
const systemErrors = new Map([
  ["ENOENT", "there is no such file"],
  ["EACCES", "not permitted"],
  ["EEXIST", "the file exists already"],
  ["EISDIR", "a folder where a file is expected"],
  ["ENOTDIR", "a file where a folder is expected"],
  ["ENOSPC", "the disk is full"],
  ["EROFS", "the file system is read-only"],
  ["EADDRINUSE", "the port is taken by another process"],
]);
