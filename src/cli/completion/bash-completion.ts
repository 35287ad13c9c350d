import { type CompletedCommand, firstWords, secondWords } from "./completion-table.ts";

/**
 * The completion of bash (4 or newer): commands, then flags; names of files for everything else, but behind a flag whose
 * value is no file.
 */
export function bashCompletion(table: readonly CompletedCommand[]): string {
  const seconds = [...secondWords(table)].map(([first, commands]) => {
    return `      ${first}) words="${commands.map(({ name }) => name.split(" ")[1]).join(" ")}" ;;`;
  });
  const two = table.filter(({ name }) => name.includes(" "));
  const one = table.filter(({ name }) => !name.includes(" "));
  return `# Completion of sealway for bash: source <(sealway completion bash)
_sealway() {
  local current=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} words="" flags="" values="" paths=""
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W "${[...firstWords(table).keys(), "help", "--help", "--version"].join(" ")}" -- "$current"))
    return
  fi
  if ((COMP_CWORD == 2)); then
    case "\${COMP_WORDS[1]}" in
${seconds.join("\n")}
    esac
  fi
  case "\${COMP_WORDS[1]} \${COMP_WORDS[2]}" in
${two.map((command) => commandCase(`"${command.name}"`, command)).join("\n")}
    *) case "\${COMP_WORDS[1]}" in
${one.map((command) => commandCase(command.name, command)).join("\n")}
    esac ;;
  esac
  if [[ " $paths " == *" $before "* ]]; then return; fi
  if [[ " $values " == *" $before "* ]]; then compopt +o default 2>/dev/null; return; fi
  if [[ $current == -* || -n $words ]]; then COMPREPLY=($(compgen -W "$words $flags" -- "$current")); fi
}
complete -o default -F _sealway sealway
`;
}

function commandCase(pattern: string, { flags }: CompletedCommand): string {
  const all = flags.map(({ spelling }) => spelling).join(" ");
  const taking = (takes: string) =>
    flags
      .filter((flag) => flag.takes === takes)
      .map(({ spelling }) => spelling)
      .join(" ");
  return `    ${pattern}) flags="${all}" values="${taking("value")}" paths="${taking("path")}" ;;`;
}
