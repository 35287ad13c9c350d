import { execFileSync } from "node:child_process";
import { join } from "node:path";
import t from "tap";
import manifest from "../../package.json" with { type: "json" };
import { runCommandLine } from "../../src/cli/command-line.ts";
import { commandNames, loadCommands } from "../../src/cli/commands.ts";

const bin = join(import.meta.dirname, "../../src/sealway.mjs");

/** What a command line answers. */
async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const told = { out: "", err: "" };
  const stream = (name: "out" | "err") => ({ write: (text: string) => (told[name] += text) });
  const code = await runCommandLine(args, { out: stream("out"), err: stream("err") });
  return { code, ...told };
}

t.test("--help shows the commands and the exit codes", async (t) => {
  const { code, out, err } = await run("--help");
  t.equal(code, 0);
  t.equal(err, "");
  for (const name of commandNames) t.match(out, new RegExp(`^  ${name} `, "m"));
  t.match(out, /Exit codes\n {2}0 .*\n {2}1 .*\n {2}2 /);
  t.equal((await run("help")).out, out);
  t.equal((await run("-h")).out, out);
});

t.test("no command at all is unusable, and shows the help", async (t) => {
  t.match(await run(), { code: 2, out: /Usage: sealway COMMAND/ });
});

t.test("--version shows the version, everywhere", async (t) => {
  t.strictSame(await run("--version"), { code: 0, out: `${manifest.version}\n`, err: "" });
  for (const name of commandNames)
    t.match(await run(name, "--version"), { code: 0, out: `${manifest.version}\n` });
});

for (const name of commandNames) {
  t.test(`sealway ${name} --help shows its help`, async (t) => {
    const { code, out, err } = await run(name, "--help");
    t.match({ code, err }, { code: 0, err: "" });
    t.ok(out.startsWith(`sealway ${name}: `));
    t.notMatch(out, /.{101}/, "lines of at most 100 characters");
    t.equal((await run("help", name)).out, out);
  });

  t.test(`sealway ${name} with an unknown flag is unusable`, async (t) => {
    const { code, err } = await run(name, "--no-such-flag");
    t.equal(code, 2);
    t.match(err, `sealway ${name}: unknown flag --no-such-flag`);
    t.match(err, `sealway ${name} --help`);
  });
}

t.test("an unknown command is unusable, and the nearest is named", async (t) => {
  t.match(await run("xyzzy"), {
    code: 2,
    err: 'sealway: unknown command "xyzzy". `sealway --help` lists the commands.\n',
  });
  t.match(await run("autority"), { code: 2, err: /Did you mean `sealway authority`\?/ });
  t.match(await run("toString"), { code: 2, err: /unknown command/ });
});

t.test(
  "the first word of commands of two shows what they are; the nearest second word is named",
  async (t) => {
    const asked = await run("log", "--help");
    t.match(asked, {
      code: 0,
      err: "",
      out: /^Usage: sealway log COMMAND \[flags\]\n\n {2}log search +Searches/,
    });
    t.notMatch(asked.out, /.{101}/);
    t.strictSame(await run("log"), { code: 2, out: "", err: asked.out });
    t.strictSame((await run("help", "log")).out, asked.out);
    t.match(await run("log", "serch"), { code: 2, err: /"log serch". Did you mean `sealway log search`\?/ });
    t.match(await run("log", "xyzzy"), { code: 2, err: /`sealway log --help` lists the commands/ });
  },
);

/** Commands that tell what there is, by their last word. */
const telling =
  /^(list|show|search|check|diff|use|history|holds|lost|successors|retention|reconcile|verify|configuration|doctor|decide|form-check)$/;

t.test("every command that lists or shows something has --json", async (t) => {
  for (const [name, { flags }] of await loadCommands()) {
    const json = flags.find((flag) => flag.name === "json");
    if (telling.test(name.split(" ").at(-1)!)) t.ok(json, `sealway ${name}`);
    if (json !== undefined) t.match(json, { kind: "switch", description: /JSON/ }, `sealway ${name}`);
  }
});

/** Flags whose name says one thing, and what that is. */
const sameEverywhere: Readonly<Record<string, RegExp>> = {
  json: /^switch$/,
  "dry-run": /^switch$/,
  config: /^(required FILE SEALWAY_CONFIG|text FILE)$/,
  anchor: /^(required|text) FILE$/,
  certificate: /^required FILE$/,
  "passphrase-file": /^(required|text) FILE$/,
  "token-file": /^text FILE$/,
  out: /^(required|text) (FILE|DIR)$/,
  service: /^(required|text) ID$/,
  consumer: /^(required|text) ID$/,
  provider: /^(required|text) ID$/,
  purpose: /^(required|text) ID$/,
  client: /^(required|text) ID$/,
  since: /^text TIME$/,
  port: /^number (PORT|BASE)$/,
};

t.test("a flag of one name is one thing in every command; why something is done is --reason", async (t) => {
  for (const [name, { flags }] of await loadCommands()) {
    for (const flag of flags) {
      const { kind, env } = flag;
      const value = kind === "switch" ? undefined : flag.value;
      const wanted = sameEverywhere[flag.name];
      const said = [kind, value, env].filter((word) => word !== undefined).join(" ");
      if (wanted !== undefined) t.match(said, wanted, `${name} --${flag.name}`);
      // Who reads of persons says why with --who.
      if (flag.name === "why")
        t.ok(
          flags.some((other) => other.name === "who"),
          `${name} --why`,
        );
    }
  }
});

t.test("the bin runs, and the exit code reaches the shell", async (t) => {
  t.equal(execFileSync(process.execPath, [bin, "--version"], { encoding: "utf8" }), `${manifest.version}\n`);
  t.match(
    t.throws(() => execFileSync(process.execPath, [bin, "xyzzy"], { stdio: "pipe" })),
    { status: 2 },
  );
});

t.test("the bin names the remedy to a Node that is too old", async (t) => {
  const old = [
    "--import",
    "data:text/javascript,Object.defineProperty(process.versions,'node',{value:'20.1.0'})",
  ];
  const failed = t.throws(() => execFileSync(process.execPath, [...old, bin, "--help"], { stdio: "pipe" }));
  t.match(failed, { status: 2, stderr: /this is 20\.1\.0\. Run `npm run sealway/ });
});
