import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Clock } from "../../core/clock.ts";
import { SealwayError } from "../../core/errors.ts";
import type { MemberId, ServerId } from "../../core/ids.ts";
import { AcmeClient } from "../../pki/acme/acme-client.ts";
import { AccountKey } from "../../pki/acme/acme-signature.ts";
import { obtainCertificate } from "../../pki/acme/obtain-certificate.ts";
import type { KeyUse } from "../../pki/certificate-names.ts";
import { loadKeyFile, writeKeyFile } from "../../pki/key-file.ts";
import { generatePrivateKey } from "../../pki/private-key.ts";
import { readTrust } from "../read-trust.ts";
import { readPassphrase } from "../secrets.ts";
import type { AcmeSettings, ServerConfiguration } from "../server-configuration.ts";
import { openChallengeDoor } from "./challenge-door.ts";
import { type Imported, importCertificate } from "./import-certificate.ts";
import type { HeldKey } from "./key-folder.ts";
import { keyNamed, makeKey, makeRequest, nameRulesOf, organizationOf, type Workbench } from "./make-key.ts";

/** What is to be certified: a new key unless one is named. */
export interface Wanted {
  readonly use: KeyUse;
  readonly of: MemberId | ServerId;
  readonly key?: string | undefined;
}

/**
 * Has the CA of the configuration issue a certificate without hands, and imports it. A key that was made for it and gets
 * no certificate that can be used is thrown away; one whose certificate is kept stays, whatever the running server says of it.
 * @throws SealwayError `enrolment_failed`, `bad_request` where the configuration names no CA
 */
export async function enrol(
  configuration: ServerConfiguration,
  wanted: Wanted,
  clock: Clock,
): Promise<Imported> {
  const { acme, keysDirectory, server } = configuration;
  if (acme === undefined)
    throw new SealwayError("bad_request", "the configuration names no CA that speaks ACME");
  if (acme.dnsNames.length + acme.ipAddresses.length === 0)
    throw new SealwayError("bad_request", "acme names no dnsNames and no ipAddresses to be certified");
  const index = await readTrust(configuration, clock);
  const passphrase = await readPassphrase(configuration.passphraseFile);
  const bench = { keysDirectory, passphrase, rules: nameRulesOf(index), clock };
  const organization = acme.organization ?? organizationOf(index, wanted.of) ?? wanted.of;
  const { country, dnsNames, ipAddresses } = acme;
  const facts = { organization, country, server, dnsNames, ipAddresses };
  const { use, of } = wanted;
  const key =
    wanted.key === undefined
      ? await makeKey(bench, { use, of, algorithm: "ES256", ...facts })
      : await keyNamed(bench, wanted.key);
  const throwAway = async () => {
    const isNew = wanted.key === undefined && !existsSync(key.files.certificate);
    if (isNew) await rm(dirname(key.files.key), { recursive: true, force: true });
  };
  try {
    const issued = await order(bench, acme, { key, request: await makeRequest(bench, key, facts) });
    const imported = await importCertificate(configuration, issued, clock);
    if (imported.kind === "refused") await throwAway();
    return imported;
  } catch (error) {
    await throwAway();
    throw error;
  }
}

async function order(
  bench: Workbench,
  acme: AcmeSettings,
  { key, request }: { readonly key: HeldKey; readonly request: Buffer },
): Promise<Buffer> {
  const { dnsNames, ipAddresses, challenge, profiles } = acme;
  const client = await AcmeClient.open({
    ...{ directory: acme.directory, contact: acme.contact, termsAgreed: acme.termsAgreed },
    ...(acme.trustedCertificates && {
      trustedCertificates: await readFile(acme.trustedCertificates, "utf8"),
    }),
    ...(acme.externalAccount && { externalAccount: await readExternalAccount(acme.externalAccount) }),
    key: await accountKey(bench),
  });
  try {
    const door = await openChallengeDoor(challenge.host, challenge.port);
    try {
      const profile = profiles[key.use];
      return await obtainCertificate(client, { dnsNames, ipAddresses, request, profile }, door);
    } finally {
      await door.close();
    }
  } finally {
    await client.close();
  }
}

/** One account for all certificates of a server; its key lies beside theirs. */
async function accountKey({ keysDirectory, passphrase }: Workbench): Promise<AccountKey> {
  const path = join(keysDirectory, "acme-account.pem");
  try {
    return new AccountKey(await loadKeyFile(path, passphrase));
  } catch (error) {
    if (((error as Error).cause as NodeJS.ErrnoException | undefined)?.code !== "ENOENT") throw error;
  }
  const key = await generatePrivateKey("ES256");
  await writeKeyFile(path, key, passphrase);
  return new AccountKey(key);
}

/** The CA gives the key as base64url. @throws SealwayError `signer_unavailable` */
async function readExternalAccount({ keyId, keyFile }: NonNullable<AcmeSettings["externalAccount"]>) {
  return { keyId, key: Buffer.from(await readPassphrase(keyFile), "base64url") };
}
