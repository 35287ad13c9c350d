import { type Flag, type Operands, readArguments, UsageError } from "./arguments.ts";
import { exitCodes, type LoadCommands } from "./command.ts";
import { bashCompletion } from "./completion/bash-completion.ts";
import { type CompletedCommand, completionTable } from "./completion/completion-table.ts";
import { fishCompletion } from "./completion/fish-completion.ts";
import { zshCompletion } from "./completion/zsh-completion.ts";

export const summary = "Prints what a shell needs to complete commands and flags";

export const description =
  "In bash: `source <(sealway completion bash)`, in ~/.bashrc for always. In zsh: `source <(sealway completion zsh)`, behind " +
  "compinit. In fish: `sealway completion fish | source`. Made of the table of commands: renew it after an upgrade.";

export const flags = [] as const satisfies readonly Flag[];

export const operands: Operands = {
  name: "SHELL",
  least: 1,
  most: 1,
  description: "bash, zsh or fish.",
};

const shells: ReadonlyMap<string, (table: readonly CompletedCommand[]) => string> = new Map([
  ["bash", bashCompletion],
  ["zsh", zshCompletion],
  ["fish", fishCompletion],
]);

export async function run(args: readonly string[], commands: LoadCommands): Promise<number> {
  const shell = readArguments({ flags, operands }, args).operands[0]!;
  const write = shells.get(shell);
  if (write === undefined) throw new UsageError(`"${shell}" is no shell that is known`, operands.description);
  process.stdout.write(write(completionTable(await commands())));
  return exitCodes.ok;
}
