import type { Flag, Operands } from "./arguments.ts";

/** What a command's file exports; help, parsing and the README's chapter are all made from it. */
export interface Command {
  /** One line without a full stop, as the list of commands shows it. */
  readonly summary: string;
  /** What the summary leaves open, in paragraphs. */
  readonly description?: string;
  readonly flags: readonly Flag[];
  readonly operands?: Operands;
  /**
   * @param args what stands behind the command's name
   * @param commands loads every command by its name, for who tells of them
   * @returns the exit code
   * @throws UsageError for arguments that cannot be used
   */
  run(args: readonly string[], commands: LoadCommands): Promise<number>;
}

export type LoadCommands = () => Promise<ReadonlyMap<string, Command>>;

/** What the process tells its caller; the same for every command. */
export const exitCodes = { ok: 0, failed: 1, unusable: 2 } as const;

/** The exit codes in words, for help and README. */
export const exitCodeMeanings: readonly (readonly [code: number, meaning: string])[] = [
  [exitCodes.ok, "done; for a check: everything is valid"],
  [exitCodes.failed, "failed; for a check: something is invalid"],
  [exitCodes.unusable, "unusable input: unknown command or flag, unreadable file, faulty configuration"],
];
