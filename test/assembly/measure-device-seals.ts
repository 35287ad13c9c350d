import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { monotonic } from "../../src/core/clock.ts";
import { type MemberId, memberOf } from "../../src/core/ids.ts";
import { issueCertificate } from "../../src/dev/certificate-issue.ts";
import { type Certificate, writeCertificatesPem } from "../../src/pki/certificate.ts";
import { deviceKeyOperation, deviceToken, keyObjectOf } from "../../src/pki/device/device-key.ts";
import { writeDeviceKeyFile } from "../../src/pki/device/device-key-file.ts";
import { askingServer, clients, services } from "../exchange/country/plan.ts";
import { pathOf, SmallCountry } from "../exchange/country.ts";
import { newDirectory } from "../new-directory.ts";
import { softDevice } from "../pki/device/soft-device.ts";

/*
 * Exchanges a second when the consumer's member seals with a device of so many signatures a second:
 * `node test/assembly/measure-device-seals.ts [SECONDS]`. The device is SoftHSM behind a library that lets one signature pass
 * at a time and at that rate (slow-token.c, built with the machine's C compiler); everything else is real: two gateways, the
 * register and the trust services, all in this one process, so that the figure with keys in files is what the scene can do,
 * not what a server can.
 */

const seconds = Number(process.argv[2] ?? 5);
const rates = [20, 50, 200, 1000];
const callers = 32;
const pin = "1234";

const { module } = softDevice(["seals"], pin);
const root = join(import.meta.dirname, "../..");
const library = join(newDirectory(), "slow-token.so");
const headers = join(root, "node_modules/pkcs11js/includes/pkcs11");
const source = join(import.meta.dirname, "../pki/device/slow-token.c");
execFileSync("cc", ["-shared", "-fPIC", "-O2", "-I", headers, "-o", library, source, "-ldl", "-lpthread"]);
process.env.SLOW_TOKEN_LIBRARY = module;
process.env.SLOW_TOKEN_RATE = "1000000";

const address = { module: library, token: "seals", sessions: 4 };
const token = deviceToken(address, pin);
const { id, publicKey } = await token.ask({ ask: "make", label: "seal", kind: "ec" });
const key = keyObjectOf(publicKey);
const owner = memberOf(askingServer);

const closers: (() => unknown)[] = [];
let certificate!: Certificate;
const country = await SmallCountry.start(
  { teardown: (close) => closers.push(close) },
  {
    moreSeals: (ca, now) => {
      const validity = { notBefore: now - 1000, notAfter: now + 24 * 3_600_000 };
      const profile = { subject: { commonName: "seal" }, keyUsage: ["nonRepudiation"] } as const;
      certificate = issueCertificate({ ...profile, ...validity, publicKey: key }, ca.issuing);
      return [
        { identity: { ...ca.issueSeal(owner, "x"), certificate }, member: owner, servers: [askingServer] },
      ];
    },
  },
);
const { asking } = country;
const place = (name: string) => join(asking.parts.directory, name);
const written = JSON.parse(readFileSync(asking.configurationFile, "utf8")) as { members: { id: MemberId }[] };
writeFileSync(place("pin"), pin, { mode: 0o600 });
writeFileSync(place("device.key"), writeDeviceKeyFile({ ...address, id, pinFile: "pin" }), { mode: 0o600 });
writeFileSync(place("device.pem"), writeCertificatesPem([certificate]));

/** Exchanges a second and their median duration, milliseconds, with other seals of the consumer's member. */
async function measure(what: string, change: object, rate: number): Promise<void> {
  process.env.SLOW_TOKEN_RATE = String(rate);
  token.close();
  const members = written.members.map((one) => (one.id === owner ? { ...one, ...change } : one));
  writeFileSync(asking.configurationFile, JSON.stringify({ ...written, members }));
  await asking.restart();
  const url = `http://127.0.0.1:${asking.gateway.ports.http}${pathOf(services.open, "/x")}`;
  const durations: number[] = [];
  const failures = new Map<number, number>();
  const load = async (until: number) => {
    while (monotonic() < until) {
      const began = monotonic();
      const { status, ...answer } = await call(url);
      await answer.done;
      if (status === 200) durations.push(monotonic() - began);
      else failures.set(status, (failures.get(status) ?? 0) + 1);
    }
  };
  const all = (until: number) => Promise.all(Array.from({ length: callers }, () => load(until)));
  await all(monotonic() + 1000);
  durations.length = 0;
  const began = monotonic();
  await all(began + 1000 * seconds);
  const perSecond = (durations.length * 1000) / (monotonic() - began);
  const median = durations.sort((a, b) => a - b)[durations.length >> 1] ?? Number.NaN;
  const failed = failures.size === 0 ? "" : `, failed ${JSON.stringify([...failures])}`;
  const busy = `load ${loadavg()[0]!.toFixed(1)} of ${cpus().length}`;
  process.stdout.write(
    `${what.padEnd(56)} ${perSecond.toFixed(0).padStart(5)}/s  ${median.toFixed(0).padStart(5)} ms  ${busy}${failed}\n`,
  );
}

async function call(url: string): Promise<{ readonly status: number; readonly done: Promise<unknown> }> {
  const answer = await fetch(url, { headers: { "X-Road-Client": clients.benefits } });
  return { status: answer.status, done: answer.arrayBuffer() };
}

/** What the driver takes of a device: signatures a second alone, without any exchange. */
async function measureDriver(rate: number): Promise<void> {
  process.env.SLOW_TOKEN_RATE = String(rate);
  token.close();
  const operation = await deviceKeyOperation({ ...address, id }, pin);
  let count = 0;
  const began = monotonic();
  const sign = async () => {
    for (; monotonic() < began + 1000 * seconds; count++) await operation.signDer(Buffer.from("signed"));
  };
  await Promise.all(Array.from({ length: address.sessions }, sign));
  const perSecond = (count * 1000) / (monotonic() - began);
  process.stdout.write(`the driver alone, of ${rate} signatures/s: ${perSecond.toFixed(0)}/s\n`);
}

for (const rate of rates) await measureDriver(rate);
await measure("keys in files", {}, 1);
const device = { sealCertificate: "device.pem", sealKey: "device.key" };
for (const rate of rates) await measure(`messages on a device of ${rate} signatures/s`, device, rate);
const checkpointSeal = { certificate: "device.pem", key: "device.key" };
for (const rate of [20, 50])
  await measure(`keys in files, checkpoints on a device of ${rate}/s`, { checkpointSeal }, rate);
for (const close of closers.reverse()) await close();
token.close();
