import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { Authority } from "../../src/authority/authority.ts";
import { ConfigurationClient } from "../../src/trust/configuration-client.ts";
import { newDirectory } from "../new-directory.ts";
import { ManualSchedule } from "../trust/manual-schedule.ts";
import { TamperingMirror } from "../trust/tampering-mirror.ts";
import { LargeCountry, nationalSize } from "./large-registry.ts";
import { SampleCountry } from "./sample-registry.ts";

/*
 * The figures of a national configuration: `node test/authority/measure-configuration.ts`. Each line tells how
 * busy the machine was meanwhile.
 */

const rounds = 5;
const country = new SampleCountry();
const { clock } = country;
const schedule = new ManualSchedule();
const large = new LargeCountry(country, nationalSize);
const { registry } = large;

function tell(what: string, figure: string): void {
  const load = loadavg()[0]!.toFixed(1);
  process.stdout.write(`${what.padEnd(58)} ${figure.padStart(28)}   load ${load} of ${cpus().length}\n`);
}

interface Cost {
  readonly wall: number;
  readonly cpu: number;
}

async function cost(act: () => unknown): Promise<Cost> {
  const before = process.cpuUsage();
  const began = performance.now();
  await act();
  const { user, system } = process.cpuUsage(before);
  return { wall: performance.now() - began, cpu: (user + system) / 1000 };
}

function told(costs: readonly Cost[]): string {
  const median = (of: keyof Cost) => costs.map((one) => one[of]).sort((a, b) => a - b)[costs.length >> 1]!;
  return `${median("wall").toFixed(0)} ms, CPU ${median("cpu").toFixed(0)} ms`;
}

const options = { stateDir: newDirectory(), host: "127.0.0.1", port: 0, clock, schedule: schedule.schedule };
let authority: Authority | undefined;
await large.publishServices(options.stateDir, nationalSize.services);
tell(
  "first start of the authority, 10,000 acts verified",
  told([await cost(async () => (authority = await Authority.start({ registry, ...options })))]),
);
const directory = join(options.stateDir, "repository");
const mirror = await TamperingMirror.start(directory);
let bytes = 0;
let largest = "";
mirror.served = (path, length) => {
  bytes += length;
  largest += ` ${path
    .split("/")
    .slice(-2)
    .join("/")
    .replace(/[0-9a-f]{60}/, "")}:${length}`;
};

const cache = newDirectory();
let client: ConfigurationClient | undefined;
const start = await cost(async () => {
  client = await ConfigurationClient.start({
    ...{ anchor: authority!.anchor, mirrors: [mirror.url], directory: cache, clock },
    schedule: schedule.schedule,
  });
});
tell("a gateway's first fetch, parsing and indexing included", told([start]));
tell("  bytes fetched, descriptions included", String(bytes));
const script = new URL("./measure-held.ts", import.meta.url).pathname;
const child = ["--expose-gc", script, authority!.anchorFile, cache, String(clock.now())];
const [, held, resident] = execFileSync(process.execPath, child, { encoding: "utf8" }).split(" ");
const inMiB = (count: string | undefined) => `${(Number(count) / 2 ** 20).toFixed(0)} MiB`;
tell("  held by a gateway; resident memory of a process with it", `${inMiB(held)}; ${inMiB(resident)}`);
const parts = readdirSync(join(directory, "targets/configuration"), { recursive: true }) as string[];
tell("  parts", String(parts.filter((name) => name.endsWith(".json")).length));
const [timestamp] = ["metadata/1.targets.json"].map((name) => gzipSync(mirror.read(name)).length);
tell(
  "  targets metadata, bytes, and by gzip",
  `${mirror.read("metadata/1.targets.json").length}, ${timestamp}`,
);

/** Each changes one entry. */
const changes: Readonly<Record<string, (i: number) => typeof registry>> = {
  "a member renamed": (i) => ({
    ...registry,
    members: registry.members.with(i, { ...registry.members[i]!, name: `Renamed ${i}` }),
  }),
  "a server moved": (i) => ({
    ...registry,
    servers: registry.servers.with(i, { ...registry.servers[i]!, contact: `moved ${i}` }),
  }),
  "a seal withdrawn": (i) => {
    const withdrawn = { state: "withdrawn" as const, from: new Date(clock.now()).toISOString() };
    const seal = registry.seals[i]!;
    return { ...registry, seals: registry.seals.with(i, { ...seal, history: [...seal.history, withdrawn] }) };
  },
};
for (const [name, change] of Object.entries(changes)) {
  const built: Cost[] = [];
  const taken: Cost[] = [];
  await authority!.publish(registry);
  schedule.run(10_000);
  await client!.pollSoon();
  for (let i = 0; i < rounds; i++) {
    clock.time += 1_000;
    built.push(await cost(() => authority!.publish(change(7 + 11 * i))));
    bytes = 0;
    largest = "";
    schedule.run(10_000);
    taken.push(await cost(() => client!.pollSoon()));
    if (client!.current().content.version !== authority!.health().version) throw new Error("not taken");
  }
  tell(`${name}: build`, told(built));
  tell(`${name}: a gateway's update`, told(taken));
  tell(`${name}: bytes fetched`, String(bytes));
  if (process.argv.includes("--files")) process.stdout.write(`${largest}\n`);
}

const index = client!.current();
const lookUps = 1_000_000;
const found = await cost(() => {
  for (let i = 0; i < lookUps; i++) {
    const member = registry.members[i % nationalSize.members]!;
    const seen = index.member(member.id as never) && index.serverOf(member.subsystems[0]!.id as never);
    if (seen === undefined) throw new Error("not found");
  }
});
tell("two look-ups", `${((found.cpu * 1000) / lookUps).toFixed(2)} µs of CPU`);
await client!.close();
await mirror.close();
await authority!.close();
