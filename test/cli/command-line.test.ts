import { execFileSync } from "node:child_process";
import { join } from "node:path";
import t from "tap";
import manifest from "../../package.json" with { type: "json" };
import { runCommandLine } from "../../src/cli/command-line.ts";
import { commandNames } from "../../src/cli/commands.ts";

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
