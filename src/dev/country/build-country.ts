import { randomBytes } from "node:crypto";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { openRegistryLog } from "../../assembly/open-registry-log.ts";
import { Authority } from "../../authority/authority.ts";
import { initAuthority } from "../../authority/authority-state.ts";
import type { Clock } from "../../core/clock.ts";
import type { MemberId } from "../../core/ids.ts";
import { loadOrCreateLogKey, logKeyPath } from "../../messagelog/checkpoint/log-key.ts";
import { publicKeyText } from "../../messagelog/checkpoint/signed-note.ts";
import { DevelopmentCa, type Identity } from "../ca.ts";
import { writeIdentity } from "../identity-files.ts";
import { defaultSeed } from "../registers/country.ts";
import { newTrustIdentities, startTrustServices, type TrustIdentities } from "../trust-services.ts";
import { agreementDocument, agreements, concerns } from "./agreements.ts";
import { writeCitizens } from "./citizens.ts";
import { hasConsole, writeConsole, writeConsoleSecret } from "./consoles.ts";
import { type Country, type CountryServer, planCountry, sealName } from "./country.ts";
import { instance, membersOn } from "./members.ts";
import type { CountryPorts } from "./ports.ts";
import { publishServices } from "./publish-services.ts";
import { registerMembers } from "./register-members.ts";
import { registryOf } from "./registry.ts";
import { type RestrictionParameters, restrictionParameters } from "./restrictions.ts";
import { serverConfiguration } from "./server-configuration.ts";
import { vocabularyFile } from "./services.ts";

export interface CountryOptions {
  readonly ports: CountryPorts;
  /** What determines the people in the registers; the usual country unless told. */
  readonly seed?: string;
  readonly clock: Clock;
}

/** What every file is written with. */
interface Workshop {
  readonly country: Country;
  readonly ca: DevelopmentCa;
  readonly passphrase: string;
  readonly now: number;
  /** Filled with those that are written. */
  readonly seals: Map<MemberId, Identity>;
  /** By the servers' names. */
  readonly tls: Map<string, Identity>;
}

/**
 * Writes everything that a country needs into a directory: certificates and encrypted keys, the authority's keys and
 * the anchor, the registry file, the members and services as they registered and published themselves, agreements, and the configurations of each
 * server and of the portal. Members, services and agreements are the same each time; keys are new ones.
 * @throws Error `EEXIST` when there is a country in the directory already
 */
export async function buildCountry(directory: string, options: CountryOptions): Promise<Country> {
  const { ports, clock, seed = defaultSeed } = options;
  const country = planCountry(directory, ports, seed);
  await mkdir(country.logDirectory, { recursive: true, mode: 0o700 });
  const passphrase = randomBytes(24).toString("base64url");
  await writeFile(country.passphraseFile, `${passphrase}\n`, { mode: 0o600, flag: "wx" });
  const ca = new DevelopmentCa({ instance, clock, ocspUrl: `http://127.0.0.1:${ports.trust.ocsp}/` });
  const workshop = { country, ca, passphrase, now: clock.now(), seals: new Map(), tls: new Map() };
  const stateDir = country.authorityDirectory;
  const identities = newTrustIdentities(ca);
  const restrictions = await restrictionParameters(await newFolder(country), passphrase);
  const [logKeys] = await Promise.all([
    writeLogKeys(workshop),
    writeTrustServices(workshop, identities),
    writeCitizens(country),
    writeConsoleSecret(country),
    copyFile(vocabularyFile, join(directory, "vocabulary.json")),
    writeJson(country.registryFile, registryOf(country, workshop.now)),
    initAuthority({ stateDir, instance, purpose: "demonstration", clock, passphrase }),
    ...country.servers.map((server) => writeServer(workshop, server)),
  ]);
  const trust = await startTrustServices(identities, clock, ports.trust);
  try {
    await fillAuthority(workshop, { logKeys, restrictions }, clock);
  } finally {
    await trust.close();
  }
  return country;
}

/** An authority that knows nobody yet registers everybody, and takes what they publish. */
async function fillAuthority(
  { country, now, passphrase, seals, tls }: Workshop,
  { logKeys, restrictions }: { logKeys: ReadonlyMap<string, string>; restrictions: RestrictionParameters },
  clock: Clock,
): Promise<void> {
  const stateDir = country.authorityDirectory;
  const authority = await Authority.start({
    ...{ registry: country.registryFile, stateDir, passphrase, clock, host: "127.0.0.1", port: 0 },
    registryLog: (index) => openRegistryLog({ stateDirectory: join(stateDir, "registry") }, clock, index),
  });
  try {
    await registerMembers({ country, authority, seals, tls, logKeys, clock });
    // Only who is registered can be named as an ordering authority.
    await writeJson(country.registryFile, registryOf(country, now, restrictions));
    await authority.reload();
    await publishServices({ authority, seals, clock });
  } finally {
    await authority.close();
  }
}

/** Where the keys lie of those who read what is restricted. */
async function newFolder({ directory }: Country): Promise<string> {
  const folder = join(directory, "restrictions");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return folder;
}

async function writeTrustServices(
  { country, passphrase }: Workshop,
  { root, issuing, ocsp, tsa }: TrustIdentities,
): Promise<void> {
  const identities = { "root-ca": root, "issuing-ca": issuing, ocsp, tsa };
  for (const [name, identity] of Object.entries(identities)) {
    await writeIdentity(country.trustDirectory, name, identity, passphrase);
  }
}

/** @returns the public keys by the names of the servers */
async function writeLogKeys({ country, passphrase }: Workshop): Promise<ReadonlyMap<string, string>> {
  const keys = country.servers.map(async ({ name, stateDirectory }) => {
    await mkdir(stateDirectory, { recursive: true, mode: 0o700 });
    const key = await loadOrCreateLogKey(logKeyPath(stateDirectory), passphrase);
    return [name, publicKeyText(key)] as const;
  });
  return new Map(await Promise.all(keys));
}

async function writeServer(workshop: Workshop, server: CountryServer): Promise<void> {
  const { country, ca, passphrase, now, seals, tls } = workshop;
  const { directory, plan } = server;
  const hosted = membersOn(plan);
  const shown = ca.issueTls(server.id, hosted[0]!.name);
  tls.set(server.name, shown);
  await writeIdentity(directory, "tls", shown, passphrase);
  if (hasConsole(server)) await writeConsole(server, ca.issueTls(server.id, hosted[0]!.name));
  for (const { id, name } of hosted) {
    const seal = ca.issueSeal(id, name);
    seals.set(id, seal);
    await writeIdentity(directory, sealName(id), seal, passphrase);
  }
  for (const agreement of agreements.filter((one) => concerns(one, server.clients))) {
    const file = join(directory, "agreements", `${agreement.id}.json`);
    await writeJson(file, agreementDocument(agreement, now));
  }
  await writeJson(server.configurationFile, serverConfiguration(country, server));
}

async function writeJson(path: string, document: object): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, `${JSON.stringify(document, undefined, 2)}\n`);
}
