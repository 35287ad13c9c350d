import { readFile } from "node:fs/promises";
import { SealwayError } from "../../core/errors.ts";
import type { MemberId } from "../../core/ids.ts";
import { type Certificate, parseCertificatesPem } from "../../pki/certificate.ts";
import type { KeyUse } from "../../pki/certificate-names.ts";
import { loadKeyOperation } from "../../pki/load-key.ts";
import { type Signer, SignerPool } from "../../pki/signer.ts";
import { loadTls } from "../load-parts.ts";
import { readPassphrase } from "../secrets.ts";
import type { ServerConfiguration } from "../server-configuration.ts";
import { type Candidate, configuredKey, pickKey, readChoice, type Slot } from "./key-choice.ts";
import { listKeys } from "./key-folder.ts";
import { readSuspended } from "./suspended-keys.ts";

/** A key with its certificate in files: of the folder of keys, or named by the configuration. */
export interface KeyWithCertificate {
  readonly name: string;
  readonly use: KeyUse;
  readonly slot: Slot;
  readonly certificate: Certificate;
  readonly files: { readonly certificate: string; readonly key: string };
}

/** One key has several in turn, each with a certificate of its own. */
export function idOf({ slot, certificate }: KeyWithCertificate): string {
  return `${slot} ${certificate.fingerprint}`;
}

/** @param member undefined for the server's TLS key */
export function slotOf(member?: string): Slot {
  return member === undefined ? "tls" : `seal ${member}`;
}

const bothUses: readonly KeyUse[] = ["seal", "tls"];

/** Every key of this server and its members that has a certificate; those that the configuration names come first. */
export async function keysWithCertificates(
  configuration: ServerConfiguration,
  uses: readonly KeyUse[] = bothUses,
): Promise<KeyWithCertificate[]> {
  const held = (await listKeys(configuration.keysDirectory)).flatMap(
    ({ name, use, of, certificates, files }): KeyWithCertificate[] => {
      const slot = slotOf(use === "seal" ? of : undefined);
      const [certificate] = certificates;
      return certificate === undefined || !uses.includes(use)
        ? []
        : [{ name, use, slot, certificate, files }];
    },
  );
  const named = namedFiles(configuration).filter(({ use }) => uses.includes(use));
  return [...(await Promise.all(named.map(readNamed))).flat(), ...held];
}

interface NamedFiles extends Pick<KeyWithCertificate, "use" | "slot"> {
  readonly certificate?: string;
  readonly key?: string;
}

function namedFiles({ members, peerInterface }: ServerConfiguration): NamedFiles[] {
  const seals = members.map(({ id, sealCertificate, sealKey }): NamedFiles => {
    const files = sealCertificate && sealKey ? { certificate: sealCertificate, key: sealKey } : {};
    return { use: "seal", slot: slotOf(id), ...files };
  });
  return [...seals, { use: "tls", slot: slotOf(), ...peerInterface }];
}

async function readNamed({ use, slot, certificate: file, key }: NamedFiles): Promise<KeyWithCertificate[]> {
  if (file === undefined || key === undefined) return [];
  const certificate = await readCertificate(file);
  return [{ name: configuredKey, use, slot, certificate, files: { certificate: file, key } }];
}

/** The first of a file, which is whose key lies beside it. @throws SealwayError `signer_unavailable` when there is none */
export async function readCertificate(file: string): Promise<Certificate> {
  const [certificate] = parseCertificatesPem(await readFile(file, "utf8"));
  if (certificate !== undefined) return certificate;
  throw new SealwayError("signer_unavailable", `${file} has no certificate`);
}

/**
 * The key of each slot that the server used last, or would use first: for commands beside one that is stopped.
 * @param except fingerprint of one that cannot be in use yet
 */
async function keysInUse(
  configuration: ServerConfiguration,
  use: KeyUse,
  except?: string,
): Promise<Map<Slot, KeyWithCertificate>> {
  const { chosen, used } = await readChoice(configuration.keysDirectory);
  const suspended = await readSuspended(configuration.keysDirectory);
  const keys = await keysWithCertificates(configuration, [use]);
  const bySlot = Map.groupBy(
    keys.filter(({ certificate: { fingerprint } }) => {
      return suspended[fingerprint] === undefined && fingerprint !== except;
    }),
    ({ slot }) => slot,
  );
  return new Map(
    [...bySlot].map(([slot, keys]) => {
      const candidates = keys.map((key): Candidate & { key: KeyWithCertificate } => {
        const { name, certificate } = key;
        const problem = "judged by the running server only";
        return { key, name, notAfter: certificate.notAfter, problem, listedSince: undefined };
      });
      return [
        slot,
        pickKey(candidates, { chosen: chosen[slot], used: used[slot] ?? configuredKey, now: 0 })!.key,
      ];
    }),
  );
}

/**
 * The seals of the members that are served here, as the server used them last.
 * @param except as for `keysInUse`
 * @throws SealwayError `signer_unavailable`
 */
export async function loadMemberSigners(
  configuration: ServerConfiguration,
  except?: string,
): Promise<Map<MemberId, Signer>> {
  const passphrase = await readPassphrase(configuration.passphraseFile);
  const inUse = await keysInUse(configuration, "seal", except);
  const signers = configuration.members.map(async ({ id }): Promise<[MemberId, Signer][]> => {
    const key = inUse.get(slotOf(id));
    if (key === undefined) return [];
    return [[id, await openSigner(key, passphrase)]];
  });
  return new Map((await Promise.all(signers)).flat());
}

/** The TLS key and certificate that the server used last. @throws SealwayError `signer_unavailable` when it has none */
export async function loadServerTls(
  configuration: ServerConfiguration,
): Promise<{ readonly key: string; readonly cert: string }> {
  const { files } = await tlsKeyInUse(configuration);
  return loadTls(files, await readPassphrase(configuration.passphraseFile));
}

/** Signs by the server's TLS key, which proves to the governing authority that the server has it. @throws as `loadServerTls` */
export async function loadTlsSigner(configuration: ServerConfiguration): Promise<Signer> {
  const key = await tlsKeyInUse(configuration);
  return openSigner(key, await readPassphrase(configuration.passphraseFile));
}

async function tlsKeyInUse(configuration: ServerConfiguration): Promise<KeyWithCertificate> {
  const key = (await keysInUse(configuration, "tls")).get(slotOf());
  if (key !== undefined) return key;
  throw new SealwayError("signer_unavailable", "the server has no TLS certificate: import one");
}

/** @throws SealwayError `signer_unavailable` when the key file is not the certificate's, or cannot be opened */
export async function openSigner(
  { certificate, files }: Pick<KeyWithCertificate, "certificate" | "files">,
  passphrase: string,
): Promise<Signer> {
  const operation = await loadKeyOperation(files.key, passphrase, certificate.publicKey);
  return new SignerPool(certificate, operation);
}
