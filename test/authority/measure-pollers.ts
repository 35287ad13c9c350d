import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { Agent, request } from "undici";
import { newDirectory } from "../new-directory.ts";
import { LargeCountry, nationalSize } from "./large-registry.ts";
import { SampleCountry } from "./sample-registry.ts";

/*
 * A thousand gateways at one authority process: `node test/authority/measure-pollers.ts [gateways]`. Each waits for the next
 * version on one connection and polls on another every 30 seconds, and takes gzip, as `ConfigurationClient` does; it verifies
 * nothing of what it gets, and unpacks what it must read. Tells the authority's CPU time, which is what counts on a busy machine.
 */

const gateways = Number(process.argv[2] ?? 1_000);
const country = new SampleCountry();
country.clock.time = Date.now();
const { registry } = new LargeCountry(country, nationalSize);
const directory = newDirectory();
const path = join(directory, "registry.json");
writeFileSync(path, JSON.stringify(registry));

const main = new URL("../../src/main.ts", import.meta.url).pathname;
const flags = ["--state", join(directory, "state"), "--registry", path, "--port", "0"];
const child = spawn(process.execPath, [main, "authority", ...flags], {
  stdio: ["ignore", "pipe", "inherit"],
});
const lines = createInterface(child.stdout);
const url = await new Promise<string>((resolve) =>
  lines.on("line", (line) => {
    const told = JSON.parse(line);
    if (told.url !== undefined) resolve(told.url);
  }),
);

/** Seconds of CPU that the authority has used (proc(5): user and system time in hundredths). */
function used(): number {
  const fields = readFileSync(`/proc/${child.pid}/stat`, "latin1").split(") ")[1]!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function residentMiB(): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "latin1"))![1]) / 1024;
}

function tell(what: string, figure: string): void {
  const load = loadavg()[0]!.toFixed(1);
  process.stdout.write(`${what.padEnd(60)} ${figure.padStart(26)}   load ${load} of ${cpus().length}\n`);
}

/** What one gateway does; each has connections of its own. */
class Gateway {
  version = 0;
  #root = 1;
  readonly #agent = new Agent({ connections: 1, allowH2: false });
  readonly #waiting = new Agent({ connections: 1, allowH2: false, headersTimeout: 60_000 });
  readonly held = new Set<string>();
  bytes = 0;

  async #get(file: string): Promise<Buffer | undefined> {
    const { statusCode, headers, body } = await request(`${url}/${file}`, {
      dispatcher: this.#agent,
      headers: { "accept-encoding": "gzip" },
    });
    const bytes = Buffer.from(await body.arrayBuffer());
    if (statusCode !== 200) return undefined;
    this.bytes += bytes.length;
    const isRead = file.startsWith("metadata/") && headers["content-encoding"] === "gzip";
    return isRead ? gunzipSync(bytes) : bytes;
  }

  async poll(): Promise<void> {
    await this.#get(`metadata/${this.#root + 1}.root.json`);
    const timestamp = JSON.parse(String(await this.#get("metadata/timestamp.json")));
    const { version } = timestamp.signed.meta["snapshot.json"];
    const snapshot = JSON.parse(String(await this.#get(`metadata/${version}.snapshot.json`)));
    const { version: next } = snapshot.signed.meta["targets.json"];
    if (next === this.version) return;
    const targets = JSON.parse(String(await this.#get(`metadata/${next}.targets.json`)));
    for (const [target, { hashes }] of Object.entries<{ hashes: { sha256: string } }>(
      targets.signed.targets,
    )) {
      if (this.held.has(hashes.sha256)) continue;
      const slash = target.lastIndexOf("/") + 1;
      await this.#get(`targets/${target.slice(0, slash)}${hashes.sha256}.${target.slice(slash)}`);
      this.held.add(hashes.sha256);
    }
    this.version = next;
  }

  /** Knows all that another one holds. */
  copy(other: Gateway): void {
    this.version = other.version;
    for (const digest of other.held) this.held.add(digest);
  }

  async waitAndPoll(): Promise<void> {
    const answer = await request(`${url}/configuration/wait?version=${this.version}`, {
      dispatcher: this.#waiting,
    });
    await answer.body.dump();
    if (answer.statusCode === 200) await this.poll();
  }
}

const first = new Gateway();
const began = performance.now();
let before = used();
await first.poll();
tell(
  "one gateway's first fetch",
  `${(performance.now() - began).toFixed(0)} ms, ${(first.bytes / 2 ** 20).toFixed(1)} MiB`,
);
tell("  CPU of the authority", `${(used() - before).toFixed(2)} s`);

const all = Array.from({ length: gateways }, () => new Gateway());
for (const gateway of all) gateway.copy(first);
before = used();
let time = performance.now();
await Promise.all(all.map((gateway) => gateway.poll()));
tell(`${gateways} polls at once, nothing new`, `${(performance.now() - time).toFixed(0)} ms`);
const eachPoll = (used() - before) / gateways;
tell("  CPU of the authority for each", `${(eachPoll * 1000).toFixed(2)} ms`);
tell(
  `  ${gateways} gateways, a poll each 30 s, take of a core`,
  `${((100 * eachPoll * gateways) / 30).toFixed(1)} %`,
);

for (let round = 1; round <= 3; round++) {
  const version = all[0]!.version;
  const waiting = all.map(async (gateway) => {
    while (gateway.version === version) await gateway.waitAndPoll();
    return performance.now();
  });
  await wait(2_000);
  before = used();
  const members = registry.members.with(round, { ...registry.members[round]!, name: `Renamed ${round}` });
  time = performance.now();
  writeFileSync(path, JSON.stringify({ ...registry, members }));
  const done = (await Promise.all(waiting)).map((at) => at - time).sort((a, b) => a - b);
  const at = (share: number) => `${(done[Math.ceil(share * done.length) - 1]! / 1000).toFixed(1)} s`;
  tell("a change of the file at gateways: first, median, last", `${at(1 / gateways)}, ${at(0.5)}, ${at(1)}`);
  tell("  CPU of the authority, reading and building included", `${(used() - before).toFixed(2)} s`);
}
tell("resident memory of the authority", `${residentMiB().toFixed(0)} MiB`);
child.kill("SIGTERM");
process.exit(0);
