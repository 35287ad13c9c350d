/*
 * npx node test/dev/measure-services.ts [services] [rounds]      1000 and 9 unless told; some minutes
 *
 * What many published services cost real gateways: two countries of processes side by side, one with the services of
 * the demonstration, one with so many more, published by acts, with an agreement on each. Tells
 *   how long a gateway of the large country takes to start, and the memory that it holds then;
 *   the CPU and the time of a call in both, in turns, so that what else the machine does weighs on both alike;
 *   how long a publication takes until every gateway uses it.
 * Figures of a busy machine say little: the load is told beside them.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { loadOrCreateEd25519Key } from "../../src/authority/ed25519-key-file.ts";
import { ActArchive } from "../../src/authority/services/act-archive.ts";
import { parseServiceAct } from "../../src/catalogue/acts/service-act.ts";
import { afterAct, emptyHistory } from "../../src/catalogue/acts/service-history.ts";
import { sha256Base64Url } from "../../src/core/bytes.ts";
import { systemClock } from "../../src/core/clock.ts";
import { memberOf, providerOf, type ServiceId, unsafeId } from "../../src/core/ids.ts";
import { readUsage, type Usage } from "../../src/dev/bench/process-usage.ts";
import { agreementDocument, agreements } from "../../src/dev/country/agreements.ts";
import { buildCountry } from "../../src/dev/country/build-country.ts";
import { type RunningProcess, startProcess } from "../../src/dev/country/child-process.ts";
import { type Country, type CountryServer, sealName, serverOf } from "../../src/dev/country/country.ts";
import { instance, subsystem } from "../../src/dev/country/members.ts";
import { planPorts } from "../../src/dev/country/ports.ts";
import { service, services } from "../../src/dev/country/services.ts";
import { type RunningCountry, startCountry } from "../../src/dev/country/start-country.ts";
import {
  countersignAct,
  keyText,
  parseCountersignedAct,
  parseSignedAct,
  signAct,
} from "../../src/message/service-act-record.ts";
import { parseCertificatesPem } from "../../src/pki/certificate.ts";
import { loadKeyFile } from "../../src/pki/key-file.ts";
import { keyOperation } from "../../src/pki/private-key.ts";
import { SignerPool } from "../../src/pki/signer.ts";

const [count = 1000, rounds = 9] = process.argv.slice(2).map(Number);
const callsInRound = 150;
const client = subsystem("benefits");
const provider = subsystem("population");
const called = service("population/echo-json");

const directory = mkdtempSync(join(tmpdir(), "sealway-services-"));
const running: RunningCountry[] = [];
/** By the files of the seal. */
const signers = new Map<string, SignerPool>();
try {
  const small = await start("small", 0);
  const large = await start("large", count);
  tellLoad();
  await measureIdle(small, large);
  await measureCalls(small, large);
  await measurePublication(large);
  await measureStart(small, services.length);
  await measureStart(large, services.length + count);
  tellLoad();
} finally {
  await Promise.all(running.map((country) => country.stop()));
  rmSync(directory, { recursive: true, force: true });
}

async function start(name: string, more: number): Promise<RunningCountry> {
  const country = await buildCountry(join(directory, name), {
    ports: await planPorts(0),
    clock: systemClock,
  });
  await publish(country, 0, more);
  console.log(`${name}: ${services.length + more} services are published`);
  const started = await startCountry(country);
  running.push(started);
  return started;
}

/** A service of the demonstration under another name, and the agreement on it; those of `benefits`, in turn. */
function copyOf(number: number) {
  const own = agreements.filter(({ consumer }) => consumer === client);
  const terms = own[number % own.length]!;
  const { description, ...original } = services.find(({ id }) => id === terms.service)!;
  const id = unsafeId<ServiceId>(`${original.id}-${number}`);
  const { predicateOf: _, ...rest } = description as typeof description & { predicateOf?: ServiceId };
  return {
    original: original.id,
    document: { ...rest, id },
    agreement: { ...terms, id: `${terms.id}-${number}`, service: id },
  };
}

/** Publishes as the authority keeps what it took: its gate, which looks at each for some milliseconds, is left out. */
async function publish(country: Country, first: number, end: number): Promise<void> {
  const { authorityDirectory, passphraseFile } = country;
  const passphrase = readFileSync(passphraseFile, "utf8").trimEnd();
  const key = await loadOrCreateEd25519Key(join(authorityDirectory, "catalogue-key.pem"), passphrase);
  const archive = await ActArchive.open(join(authorityDirectory, "catalogue"), new Set([keyText(key)]));
  const settings = new Map<CountryServer, { services: { id: string; target: string }[] }>();
  for (let number = first; number < end; number++) {
    const { original, document, agreement } = copyOf(number);
    const bytes = Buffer.from(JSON.stringify(document));
    const signed = parseSignedAct(await signedAct(country, document.id, document.version, bytes));
    const record = parseCountersignedAct(
      countersignAct(signed, key, systemClock.now()),
      new Set([keyText(key)]),
    );
    const act = parseServiceAct("publish", signed.payload);
    const { sha256, accepted } = record;
    await archive.add(act, record, afterAct(emptyHistory, { act, sha256, accepted }), bytes);
    const sides = [serverOf(country, client), serverOf(country, providerOf(document.id))];
    for (const side of new Set(sides)) {
      const file = join(side.directory, "agreements", `${agreement.id}.json`);
      writeFileSync(file, JSON.stringify(agreementDocument(agreement, systemClock.now())));
    }
    const [, side] = sides;
    const read = () => JSON.parse(readFileSync(side!.configurationFile, "utf8"));
    const configuration = settings.get(side!) ?? read();
    const { target } = configuration.services.find(({ id }: { id: string }) => id === original);
    configuration.services.push({ id: document.id, target });
    settings.set(side!, configuration);
  }
  for (const [{ configurationFile }, configuration] of settings)
    writeFileSync(configurationFile, JSON.stringify(configuration));
}

/** An act that publishes, signed by the provider's seal. */
async function signedAct(country: Country, id: ServiceId, version: string, bytes: Buffer): Promise<Buffer> {
  const stated = { service: id, version, description: sha256Base64Url(bytes), previous: null };
  const signer = await signerOf(country, id);
  return signAct(signer, "publish", { instance, time: systemClock.now(), ...stated });
}

async function signerOf(country: Country, id: ServiceId): Promise<SignerPool> {
  const member = memberOf(id);
  const name = join(serverOf(country, providerOf(id)).directory, sealName(member));
  const known = signers.get(name);
  if (known !== undefined) return known;
  const passphrase = readFileSync(country.passphraseFile, "utf8").trimEnd();
  const [certificate] = parseCertificatesPem(readFileSync(`${name}.cert.pem`, "utf8"));
  const signer = new SignerPool(certificate!, keyOperation(await loadKeyFile(`${name}.key.pem`, passphrase)));
  signers.set(name, signer);
  return signer;
}

/** What they use without a call: it is in the figures of calls as well, the more the longer those take. */
async function measureIdle(...countries: readonly RunningCountry[]): Promise<void> {
  const before = countries.map(cpuOf);
  const seconds = 10;
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const used = countries.map((country, i) => ((cpuOf(country) - before[i]!) / seconds).toFixed(1));
  console.log(
    `without calls both gateways use ${used.join(" and ")} ms of CPU a second, few services and many`,
  );
}

/** Milliseconds since their start, of consumer's and provider's gateway together. */
function cpuOf({ country, process: named }: RunningCountry): number {
  const sides = [client, provider].map((served) => serverOf(country, served));
  return sides.reduce((sum, { name }) => sum + readUsage(named(name).pid)!.cpuMs, 0);
}

/** One way to call: always the same service, or its copies in turn. */
interface Way {
  readonly name: string;
  readonly at: RunningCountry;
  readonly targets: readonly ServiceId[];
}

async function measureCalls(small: RunningCountry, large: RunningCountry): Promise<void> {
  const copies = Array.from({ length: count }, (_, i) => copyOf(i).document.id).filter((id) =>
    id.startsWith(`${called}-`),
  );
  const ways: readonly Way[] = [
    { name: `${services.length} services`, at: small, targets: [called] },
    { name: `${services.length + count} services`, at: large, targets: [called] },
    { name: `${services.length + count} services, ${copies.length} in turn`, at: large, targets: copies },
  ].filter(({ targets }) => targets.length > 0);
  const measured = new Map(ways.map((way) => [way, [] as { cpuMs: number; ms: number }[]]));
  for (const way of ways) await round(way);
  for (let i = 0; i < rounds; i++) {
    // Another order in each round: who comes first finds the machine otherwise.
    for (const way of i % 2 === 0 ? ways : ways.toReversed()) measured.get(way)!.push(await round(way));
  }
  const base = measured.get(ways[0]!)!;
  for (const way of ways) {
    const all = measured.get(way)!;
    const ratio = median(all.map(({ cpuMs }, i) => cpuMs / base[i]!.cpuMs));
    const cpu = median(all.map(({ cpuMs }) => cpuMs));
    const ms = median(all.map((one) => one.ms));
    console.log(
      `a call, ${way.name}: ${cpu.toFixed(2)} ms of CPU in both gateways, ${ms.toFixed(1)} ms; ` +
        `CPU against the first ${((ratio - 1) * 100).toFixed(1)} % (median of ${rounds} rounds)`,
    );
  }
}

async function round({ at, targets }: Way): Promise<{ cpuMs: number; ms: number }> {
  const consumer = serverOf(at.country, client);
  const before = cpuOf(at);
  const began = performance.now();
  for (let i = 0; i < callsInRound; i++) {
    const url = `http://127.0.0.1:${consumer.ports.consumer}/r1/${targets[i % targets.length]}/echo`;
    const headers = { "x-road-client": client, "content-type": "application/json" };
    const answer = await fetch(url, { method: "POST", headers, body: '{"text":"x"}' });
    const body = await answer.text();
    if (answer.status !== 200) throw new Error(`${url}: ${answer.status} ${body}`);
  }
  return { cpuMs: (cpuOf(at) - before) / callsInRound, ms: (performance.now() - began) / callsInRound };
}

/** From handing the act over to the last gateway's use of the configuration that has it. */
async function measurePublication({ country }: RunningCountry): Promise<void> {
  const times: { taken: number; used: number }[] = [];
  for (let i = 0; i < 5; i++) {
    const { document } = copyOf(count + i);
    const { source: _, ...bare } = document as typeof document & { source?: object };
    const bytes = Buffer.from(JSON.stringify(bare));
    const act = await signedAct(country, document.id, document.version, bytes);
    const sent = JSON.stringify({ act: act.toString("latin1"), description: bytes.toString("base64") });
    const began = performance.now();
    const url = `http://127.0.0.1:${country.ports.authority}/services/acts`;
    const answer = await fetch(url, { method: "POST", body: sent });
    const told = (await answer.json()) as { configuration: number };
    if (answer.status !== 201) throw new Error(`${answer.status} ${JSON.stringify(told)}`);
    const taken = performance.now() - began;
    await Promise.all(country.servers.map((server) => inUse(server, told.configuration)));
    times.push({ taken, used: performance.now() - began });
  }
  console.log(
    `a publication among ${services.length + count} services: taken after ${Math.round(median(times.map(({ taken }) => taken)))} ms, ` +
      `used by all ${country.servers.length} gateways after ${Math.round(median(times.map(({ used }) => used)))} ms, ` +
      `at most ${Math.round(Math.max(...times.map(({ used }) => used)))} ms (of 5)`,
  );
}

async function inUse({ ports }: CountryServer, version: number): Promise<void> {
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${ports.health}/health`);
    const { configurationVersion } = (await answer.json()) as { configurationVersion: number | null };
    if ((configurationVersion ?? 0) >= version) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Of the consumer's and the provider's gateway: on what they had when they were stopped. */
async function measureStart({ country, process: named }: RunningCountry, published: number): Promise<void> {
  for (const served of [client, provider]) {
    const server = serverOf(country, served);
    await named(server.name).stop();
    const starts: { ms: number; usage: Usage }[] = [];
    for (let i = 0; i < 3; i++) {
      const began = performance.now();
      const gateway = startGateway(country, server);
      await gateway.ready;
      starts.push({ ms: performance.now() - began, usage: readUsage(gateway.pid)! });
      await gateway.stop();
    }
    console.log(
      `start of ${server.name} with ${published} services: ${Math.round(median(starts.map(({ ms }) => ms)))} ms, ` +
        `${Math.round(median(starts.map(({ usage }) => usage.cpuMs)))} ms of CPU, ` +
        `${Math.round(median(starts.map(({ usage }) => usage.residentMiB)))} MiB resident (medians of 3)`,
    );
  }
}

function startGateway(country: Country, { name, configurationFile }: CountryServer): RunningProcess {
  const args = ["serve", "--config", configurationFile, "--demonstration"];
  const isReady = ({ msg }: Readonly<Record<string, unknown>>) => msg === "ready";
  return startProcess(
    { name, script: "sealway.mjs", args, isReady },
    join(country.logDirectory, `${name}-again.log`),
    [],
  );
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

function tellLoad(): void {
  console.log(
    `load of the machine: ${loadavg()
      .map((one) => one.toFixed(1))
      .join(", ")}`,
  );
}
