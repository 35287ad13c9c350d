import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { commandNames, loadCommands } from "../../src/cli/commands.ts";
import { quoted } from "../../src/cli/completion/completion-table.ts";
import { run } from "../../src/cli/completion.ts";
import { newDirectory } from "../new-directory.ts";

/** The script for a shell, as the command prints it. */
async function scriptFor(shell: string): Promise<string> {
  const printed = t.capture(process.stdout, "write", () => true);
  try {
    await run([shell], loadCommands);
    return printed()
      .map(({ args }) => String(args[0]))
      .join("");
  } finally {
    printed.restore();
  }
}

const directory = newDirectory();
writeFileSync(join(directory, "bash"), await scriptFor("bash"));
writeFileSync(join(directory, "server.json"), "{}");

/** Completes lines in one real bash. @returns what it offers for the last word of each, sorted */
function complete(...lines: (readonly string[])[]): string[][] {
  const asked = lines.map((words) => {
    const given = words.map((word) => quoted(word)).join(" ");
    return `COMP_WORDS=(sealway ${given}); COMP_CWORD=${words.length}; _sealway; echo "\${COMPREPLY[*]}"`;
  });
  const script = [`source ${join(directory, "bash")}`, ...asked].join("\n");
  const out = execFileSync("bash", ["--norc", "-u", "-c", script], { encoding: "utf8", cwd: directory });
  return out
    .split("\n")
    .slice(0, -1)
    .map((line) =>
      line
        .split(" ")
        .filter((word) => word !== "")
        .sort(),
    );
}

t.test("bash completes the first word of every command, and the second", async (t) => {
  const firsts = [...new Set(commandNames.map((name) => name.split(" ")[0]!))];
  const two = firsts.filter((first) => commandNames.some((name) => name.startsWith(`${first} `)));
  const [all, log, ...seconds] = complete([""], ["lo"], ...two.map((first) => [first, ""]));
  t.strictSame(all, [...firsts, "help", "--help", "--version"].sort());
  t.strictSame(log, ["log"]);
  for (const [i, first] of two.entries()) {
    const expected = commandNames
      .filter((name) => name.startsWith(`${first} `))
      .map((name) => name.split(" ")[1]!);
    t.strictSame(
      seconds[i]!.filter((word) => !word.startsWith("-")),
      expected.sort(),
      first,
    );
  }
});

t.test("bash completes every flag of every command", async (t) => {
  const commands = [...(await loadCommands())];
  const offered = complete(...commands.map(([name]) => [...name.split(" "), "--"]));
  for (const [i, [name, { flags }]] of commands.entries()) {
    const expected = [...flags.map((flag) => `--${flag.name}`), "--help", "--version"];
    t.strictSame(offered[i], expected.sort(), name);
  }
});

t.test("bash leaves files to itself: behind a flag that takes one, and as an operand", async (t) => {
  t.strictSame(complete(["log", "check", "--config", ""], ["verify", "ser"], ["log", "check", "--con"]), [
    [],
    [],
    ["--config"],
  ]);
});

t.test("a shell that is not known is unusable, and named are those that are", async (t) => {
  await t.rejects(run(["tcsh"], loadCommands), { name: "UsageError", hint: "bash, zsh or fish." });
});

t.test("zsh and fish are told of every command and flag, with what it does", async (t) => {
  const [zsh, fish] = [await scriptFor("zsh"), await scriptFor("fish")];
  for (const [name, { flags }] of await loadCommands()) {
    t.ok(zsh.includes(`    ${name.includes(" ") ? `"${name}"` : name}) flags=(`), `zsh: ${name}`);
    for (const flag of flags) {
      t.ok(zsh.includes(`'*--${flag.name}[`), `zsh: ${name} --${flag.name}`);
      t.ok(fish.includes(`'__sealway_in ${name}' -l ${flag.name} `), `fish: ${name} --${flag.name}`);
    }
  }
});
