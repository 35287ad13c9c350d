import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import t from "tap";
import { openReader } from "../../src/assembly/log-store.ts";
import { makeRegistrationRequest, sendRegistrationRequest } from "../../src/assembly/registration.ts";
import { runCommandLine } from "../../src/cli/command-line.ts";
import { systemClock } from "../../src/core/clock.ts";
import { DevelopmentCa } from "../../src/dev/ca.ts";
import { loadAnchor } from "../../src/trust/anchor.ts";
import { ConfigurationClient } from "../../src/trust/configuration-client.ts";
import { newDirectory } from "../new-directory.ts";
import { until } from "../until.ts";
import { benefits, der, population, SampleCountry } from "./sample-registry.ts";
import { signerOf } from "./services/publishing-scene.ts";

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

t.test(
  "killed after an act is kept and before it is published, it publishes it once when it starts",
  async (t) => {
    const country = new SampleCountry();
    // No CA of the registry knows the officer, so that nobody has to be asked about the certificate.
    const ca = new DevelopmentCa({ instance: "DEV", clock: systemClock, ocspUrl: "http://127.0.0.1:9/" });
    const officer = ca.issueSeal(population, "Officer");
    const directory = newDirectory();
    const [state, registry] = [join(directory, "state"), join(directory, "registry.json")];
    writeFileSync(
      registry,
      JSON.stringify({ ...country.registry(), registration: { officers: [der(officer)] } }),
    );
    const start = async () => {
      const child = sealway("--state", state, "--registry", registry, "--port", "0");
      t.teardown(() => child.kill("SIGKILL"));
      return { child, url: await servingUrl(child) };
    };
    const { child, url } = await start();
    const anchor = await loadAnchor(join(state, "anchor.json"));
    const suspend = { kind: "member-suspend", member: benefits, reason: "a breach" } as const;
    const request = makeRegistrationRequest(anchor, [suspend], systemClock);
    // Whoever opens it for writing waits for a reader: there the process stands when it is killed.
    const [standing] = readdirSync(state, { recursive: true, encoding: "utf8" }).filter((name) =>
      name.endsWith("metadata/1.targets.json"),
    );
    const next = join(state, standing!.replace("1.targets", "2.targets"));
    execFileSync("mkfifo", [`${next}.new`]);
    const sent = sendRegistrationRequest([url], request, [signerOf(officer)]).catch(() => "cut off");
    const entries = async () => {
      const reader = openReader({ stateDirectory: join(state, "registry") });
      const found = await reader.documentsOf("registration");
      reader.close();
      return found.length;
    };
    await until(async () => (await entries()) === 2);
    child.kill("SIGKILL");
    await once(child, "close");
    t.equal(await sent, "cut off", "nobody was told that it is done");
    rmSync(`${next}.new`);
    t.notOk(existsSync(next), "it was not published");

    const again = await start();
    const place = { anchor, mirrors: [again.url], directory: join(directory, "cache"), clock: systemClock };
    const client = await ConfigurationClient.start(place);
    t.teardown(() => client.close());
    t.match(client.status(), { version: 2 });
    t.equal(client.current().serverOf(`${benefits}/benefits` as never), undefined, "it is published");
    t.notOk(existsSync(next.replace("2.targets", "3.targets")), "once");
    const answer = await sendRegistrationRequest([again.url], request, [signerOf(officer)]);
    t.match(answer, { kind: "refused", code: "replay" });
    t.equal(await entries(), 2);
  },
);

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
