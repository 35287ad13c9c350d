import {
  type CompletedCommand,
  type CompletedFlag,
  firstWords,
  quoted,
  secondWords,
} from "./completion-table.ts";

/** The completion of zsh (5 or newer), with what each command and flag does. */
export function zshCompletion(table: readonly CompletedCommand[]): string {
  const firsts = [...firstWords(table)].map(([word, summary]) => described(word, summary));
  const seconds = [...secondWords(table)].map(([first, commands]) => {
    const words = commands.map(({ name, summary }) => described(name.split(" ")[1]!, summary));
    return `      ${first}) second=(${words.join(" ")}) ;;`;
  });
  const two = table.filter(({ name }) => name.includes(" "));
  const one = table.filter(({ name }) => !name.includes(" "));
  return `#compdef sealway
# Completion of sealway for zsh: source <(sealway completion zsh)
_sealway() {
  local -a first second flags
  if (( CURRENT == 2 )); then
    first=(${firsts.join(" ")})
    _describe command first
    return
  fi
  if (( CURRENT == 3 )); then
    case "\${words[2]}" in
${seconds.join("\n")}
    esac
    (( \${#second} )) && _describe command second
  fi
  case "\${words[2]} \${words[3]}" in
${two.map((command) => commandCase(`"${command.name}"`, command)).join("\n")}
    *) case "\${words[2]}" in
${one.map((command) => commandCase(command.name, command)).join("\n")}
    esac ;;
  esac
  _arguments -S "\${flags[@]}" '*:file:_files'
}
compdef _sealway sealway
`;
}

function commandCase(pattern: string, { flags }: CompletedCommand): string {
  return `    ${pattern}) flags=(${flags.map(specification).join(" ")}) ;;`;
}

const actions: Readonly<Record<CompletedFlag["takes"], string>> = {
  nothing: "",
  path: ":path:_files",
  value: ":value: ",
};

/** As \`_arguments\` reads it. */
function specification({ spelling, description, takes }: CompletedFlag): string {
  return quoted(
    `*${spelling}[${description.replaceAll(/[[\]]/g, "").replaceAll(":", ",")}]${actions[takes]}`,
  );
}

/** As \`_describe\` reads it: a colon divides. */
function described(word: string, summary: string): string {
  return quoted(`${word}:${summary.replaceAll(":", ",")}`);
}
