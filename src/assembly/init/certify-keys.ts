import { readFile, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { MemberId, ServerId } from "../../core/ids.ts";
import type { KeyUse } from "../../pki/certificate-names.ts";
import { enrol } from "../keys/enrol.ts";
import { type Imported, importCertificate } from "../keys/import-certificate.ts";
import { type HeldKey, listKeys } from "../keys/key-folder.ts";
import { makeKey, nameRulesOf } from "../keys/make-key.ts";
import { readTrust } from "../read-trust.ts";
import { readPassphrase } from "../secrets.ts";
import { ownerOf } from "./init-answers.ts";
import { InitStopped, lookInterval, type PlacedWork } from "./init-work.ts";

/** What a CA issued is found under this name beside the key. */
export const issuedFile = "issued.pem";

/**
 * Makes the seal and the TLS key, unless they are there, and waits until both have certificates: from the CA of `acme`, or
 * from whoever brings what a CA issued.
 */
export async function certifyKeys(work: PlacedWork): Promise<void> {
  const { answers, configuration } = work;
  const wanted = [
    { use: "seal", of: ownerOf(answers) },
    { use: "tls", of: answers.server },
  ] as const;
  const keys: HeldKey[] = [];
  for (const one of wanted) keys.push(await keyFor(work, one));
  const waiting = keys.filter(({ certificates }) => certificates.length === 0);
  if (waiting.length === 0) return work.tell("both keys have certificates already");
  if (configuration.acme !== undefined) for (const key of waiting) await enrolKey(work, key);
  else await awaitIssued(work, waiting);
}

async function keyFor(
  { answers, configuration, clock, tell }: PlacedWork,
  { use, of }: { readonly use: KeyUse; readonly of: MemberId | ServerId },
): Promise<HeldKey> {
  const held = (await listKeys(configuration.keysDirectory)).filter(
    (key) => key.use === use && key.of === of,
  );
  const known = held.find(({ certificates }) => certificates.length > 0) ?? held[0];
  if (known !== undefined) return known;
  const rules = nameRulesOf(await readTrust(configuration, clock));
  const passphrase = await readPassphrase(configuration.passphraseFile);
  const bench = { keysDirectory: configuration.keysDirectory, passphrase, rules, clock };
  const { name: organization, country, dnsNames, server } = answers;
  const facts = { organization, country, server, dnsNames, ipAddresses: [] };
  const key = await makeKey(bench, { use, of, algorithm: "ES256", ...facts });
  tell(`made: ${key.name}`);
  return key;
}

async function enrolKey(
  { configuration, clock, tell }: PlacedWork,
  { use, of, name }: HeldKey,
): Promise<void> {
  tell(`${name}: ordered from ${configuration.acme!.directory}`);
  const done = await enrol(configuration, { use, of, key: name }, clock);
  if (done.kind === "refused") throw new InitStopped(`what the CA issued for ${name} ${wordsOf(done)}`);
  tell(`${name}: certificate until ${new Date(done.certificate.notAfter).toISOString()}`);
}

async function awaitIssued(work: PlacedWork, keys: readonly HeldKey[]): Promise<void> {
  const { configuration, signal, tell } = work;
  const file = join(work.directory, "server.json");
  const cas = (await readTrust(configuration, work.clock)).content.certificationAuthorities;
  tell(`send these requests to one of the instance's CAs (${cas.map(({ name }) => name).join(", ")}):`);
  for (const { files } of keys) tell(`  ${files.request}`);
  tell(`put what it issues beside each as ${issuedFile}, or: sealway keys import FILE --config ${file}`);
  let left = [...keys];
  for (;;) {
    for (const key of left) await takeIssued(work, key);
    const held = await listKeys(configuration.keysDirectory);
    const done = held.filter(({ certificates }) => certificates.length > 0);
    for (const { name } of left.filter((key) => done.some((one) => one.name === key.name)))
      tell(`${name}: has its certificate`);
    left = left.filter((key) => !done.some((one) => one.name === key.name));
    if (left.length === 0) return;
    await wait(lookInterval, undefined, { signal });
  }
}

/** What cannot be used is told and put aside, for the next file to be seen. */
async function takeIssued({ configuration, clock, tell }: PlacedWork, key: HeldKey): Promise<void> {
  const path = join(dirname(key.files.request), issuedFile);
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (bytes === undefined || bytes.length === 0) return;
  const done = await importCertificate(configuration, bytes, clock).catch((error: Error) => error.message);
  if (typeof done !== "string" && done.kind === "imported") return;
  tell(`${path} ${typeof done === "string" ? `cannot be read: ${done}` : wordsOf(done)}`);
  await rename(path, `${path}.refused`);
}

function wordsOf({ findings }: Extract<Imported, { kind: "refused" }>): string {
  return `cannot be used: ${findings.map(({ detail, remedy }) => `${detail}. ${remedy}`).join(" ")}`;
}
