import type { Flag } from "../../cli/arguments.ts";
import { type Command, exitCodeMeanings } from "../../cli/command.ts";
import { defaultOf, spelling, usageOf } from "../../cli/help.ts";
import { code, table } from "./table.ts";

/** The README's chapter on the command line: a section for each command, then the exit codes. */
export function commandTables(commands: ReadonlyMap<string, Command>): string {
  const sections = [...commands].map(([name, command]) =>
    [
      `### ${code(`sealway ${name}`)}`,
      `${command.summary}.`,
      ...(command.description === undefined ? [] : [command.description.replaceAll("\n", "\n\n")]),
      code(usageOf(name, command)),
      ...argumentTable(command),
    ].join("\n\n"),
  );
  const exitCodes = table(
    ["Exit code", "Means"],
    exitCodeMeanings.map(([number, meaning]) => [`${number}`, `${meaning}.`]),
  );
  return [...sections, "Every command answers `--help` and `--version`.", exitCodes].join("\n\n");
}

function argumentTable({ flags, operands }: Command): string[] {
  const rows = flags.map((flag) => [
    code(spelling(flag)),
    code(defaultOf(flag) ?? "–"),
    environmentOf(flag),
    flag.description,
  ]);
  if (operands !== undefined) rows.push([code(operands.name), "–", "–", operands.description]);
  return rows.length === 0 ? [] : [table(["Flag", "Default", "Environment", "Meaning"], rows.map(plainDash))];
}

function environmentOf({ env }: Flag): string {
  return env === undefined ? "–" : code(env);
}

/** What is not there is no code. */
function plainDash(cells: readonly string[]): string[] {
  return cells.map((text) => (text === "`–`" ? "–" : text === "`required`" ? "required" : text));
}
