import {
  type CompletedCommand,
  type CompletedFlag,
  firstWords,
  quoted,
  secondWords,
} from "./completion-table.ts";

/** The completion of fish (3 or newer), with what each command and flag does. */
export function fishCompletion(table: readonly CompletedCommand[]): string {
  const firsts = [...firstWords(table)].map(([word, summary]) => {
    return `complete -c sealway -n '__sealway_at 1' -f -a ${word} -d ${quoted(summary)}`;
  });
  const seconds = [...secondWords(table)].flatMap(([first, commands]) => {
    return commands.map(({ name, summary }) => {
      const word = name.split(" ")[1];
      return `complete -c sealway -n '__sealway_at 2 ${first}' -f -a ${word} -d ${quoted(summary)}`;
    });
  });
  return `# Completion of sealway for fish: sealway completion fish | source
function __sealway_at
  set -l words (commandline -opc)
  test (count $words) -eq $argv[1]; or return 1
  test (count $argv) -lt 2; or test "$words[2]" = "$argv[2]"
end
function __sealway_in
  set -l words (commandline -opc)
  test "$words[2]" = "$argv[1]"; or return 1
  test (count $argv) -lt 2; or test "$words[3]" = "$argv[2]"
end
${[...firsts, ...seconds, ...table.flatMap(flagLines)].join("\n")}
`;
}

const options: Readonly<Record<CompletedFlag["takes"], string>> = {
  nothing: "",
  path: " -r -F",
  value: " -x",
};

function flagLines({ name, flags }: CompletedCommand): string[] {
  return flags.map(({ spelling, description, takes }) => {
    const long = spelling.slice(2);
    return `complete -c sealway -n '__sealway_in ${name}' -l ${long}${options[takes]} -d ${quoted(description)}`;
  });
}
