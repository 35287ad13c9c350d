import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import t from "tap";
import { runCommandLine } from "../../src/cli/command-line.ts";
import { systemClock } from "../../src/core/clock.ts";
import { loadAnchor } from "../../src/trust/anchor.ts";
import { ConfigurationClient } from "../../src/trust/configuration-client.ts";
import { newDirectory } from "../new-directory.ts";
import { SampleCountry } from "./sample-registry.ts";

const main = new URL("../../src/main.ts", import.meta.url).pathname;

function sealway(...args: string[]): ChildProcess {
  return spawn(process.execPath, [main, "authority", ...args], { stdio: ["ignore", "pipe", "pipe"] });
}

async function outcome(child: ChildProcess): Promise<{ code: number; out: string; err: string }> {
  const texts = { out: "", err: "" };
  child.stdout!.on("data", (data) => (texts.out += data));
  child.stderr!.on("data", (data) => (texts.err += data));
  const [code] = await once(child, "close");
  return { code, ...texts };
}

/** The address that the log names when the authority serves. */
async function servingUrl(child: ChildProcess): Promise<string> {
  for await (const line of createInterface(child.stdout!)) {
    const { url } = JSON.parse(line);
    if (url !== undefined) return url;
  }
  throw new Error("it ended without serving");
}

t.test("init makes keys and anchor, serving publishes to servers, SIGTERM stops it", async (t) => {
  const directory = newDirectory();
  const state = join(directory, "state");
  const registry = join(directory, "registry.json");
  const passphrase = join(directory, "passphrase");
  writeFileSync(passphrase, "correct horse\n", { mode: 0o640 });
  writeFileSync(registry, JSON.stringify({ ...new SampleCountry().registry(), purpose: "production" }));
  const common = ["--state", state, "--registry", registry, "--passphrase-file", passphrase];
  t.match(await outcome(sealway("init", ...common)), { code: 1, err: /chmod 600/ }, "others may read it");
  chmodSync(passphrase, 0o600);
  t.match(await outcome(sealway("init", ...common)), { code: 0, out: /anchor\.json/ });
  for (const name of readdirSync(join(state, "root-keys/1"))) {
    t.equal(statSync(join(state, "root-keys/1", name)).mode & 0o777, 0o600);
  }

  const child = sealway(...common, "--port", "0");
  const done = outcome(child);
  const url = await servingUrl(child);
  const client = await ConfigurationClient.start({
    anchor: await loadAnchor(join(state, "anchor.json")),
    mirrors: [url],
    directory: join(directory, "cache"),
    clock: systemClock,
  });
  t.teardown(() => client.close());
  t.match(client.status(), { state: "fresh", version: 1 });
  child.kill("SIGTERM");
  t.equal((await done).code, 0);

  const rotated = await outcome(sealway("rotate", ...common, "--root-keys", join(state, "root-keys/1")));
  t.match(rotated, { code: 0, out: /Root 2 is signed/ });
  t.ok(existsSync(join(state, "next-root.json")), "it waits for the authority");
});

t.test("a fault in the registry is told with its place, and the exit code is 2", async (t) => {
  const directory = newDirectory();
  const registry = join(directory, "registry.json");
  const good = new SampleCountry().registry();
  writeFileSync(registry, JSON.stringify({ ...good, members: [] }));
  t.match(await told("--state", directory, "--registry", registry), {
    code: 2,
    err: /registry\.json at \/servers\/0\/owner: DEV\/GOV\/10000001 is not registered/,
  });
});

t.test("an unknown action and a missing flag are told, and the exit code is 2", async (t) => {
  t.match(await told("publish", "--state", "x"), { code: 2, err: /unknown action "publish"/ });
  t.match(await told("rotate", "--state", "x"), { code: 2, err: /--root-keys is required/ });
});

/** What a command line in this process says. */
async function told(...args: string[]): Promise<{ code: number; err: string }> {
  let err = "";
  const terminal = { out: { write: () => {} }, err: { write: (text: string) => (err += text) } };
  const code = await runCommandLine(["authority", ...args], terminal);
  return { code, err };
}
