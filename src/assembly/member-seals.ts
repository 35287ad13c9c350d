import { createSecretKey, randomBytes } from "node:crypto";
import { sha256, toBase64Url } from "../core/bytes.ts";
import { SealwayError } from "../core/errors.ts";
import type { MemberId } from "../core/ids.ts";
import type { MemberSeal } from "../exchange/gateway-services.ts";
import type { Staple } from "../message/seal-message.ts";
import type { Certificate } from "../pki/certificate.ts";
import type { OcspStapler } from "../pki/ocsp-stapler.ts";
import type { Signer } from "../pki/signer.ts";
import type { ConfigurationIndex } from "../trust/configuration-index.ts";
import { openSigner, readCertificate } from "./keys/keys-in-use.ts";

/** Where a member's seal lies. */
export interface SealFiles {
  readonly id: MemberId;
  /** Missing for a member all of whose keys lie in the folder of keys. */
  readonly sealCertificate?: string;
  readonly sealKey?: string;
}

/**
 * Opens the seals of the members that are served here. A seal without a good OCSP response is opened all the same: it
 * signs as soon as there is one.
 * @throws SealwayError `signer_unavailable`, naming the member
 */
export async function openMemberSeals(
  files: readonly SealFiles[],
  passphrase: string,
  stapler: OcspStapler,
  index: ConfigurationIndex,
): Promise<Map<MemberId, MemberSeal>> {
  const named = files.filter(isNamed);
  const seals = await Promise.all(named.map((file) => openSeal(file, passphrase, stapler, index)));
  return new Map(seals.map((seal) => [seal.member, seal]));
}

type NamedFiles = Required<SealFiles>;

function isNamed(files: SealFiles): files is NamedFiles {
  return files.sealCertificate !== undefined;
}

async function openSeal(
  { id, sealCertificate, sealKey }: NamedFiles,
  passphrase: string,
  stapler: OcspStapler,
  index: ConfigurationIndex,
): Promise<MemberSeal> {
  const files = { certificate: sealCertificate, key: sealKey };
  const certificate = await readCertificate(sealCertificate);
  return makeSeal(id, await openSigner({ certificate, files }, passphrase), stapler, index);
}

/** @throws SealwayError `signer_unavailable` when the configuration in force does not list the certificate's CA */
export async function makeSeal(
  member: MemberId,
  signer: Signer,
  stapler: OcspStapler,
  index: ConfigurationIndex,
): Promise<MemberSeal> {
  const { certificate } = signer;
  const issuer = index.issuerOf(certificate);
  if (issuer === undefined)
    throw new SealwayError("signer_unavailable", `${member}: no CA that is listed issued the certificate`);
  await stapler.watch({ certificate, issuer: issuer.certificate, responders: issuer.authority.ocspUrls });
  return {
    member,
    signer,
    issuer: issuer.certificate,
    staple: () => stapleOf(stapler, certificate),
    // Nowhere on disk: nonces stand in the openings, and when those are erased nobody can compute them again.
    commitmentKey: createSecretKey(randomBytes(32)),
  };
}

const digests = new WeakMap<Buffer, string>();

function stapleOf(stapler: OcspStapler, certificate: Certificate): Staple {
  try {
    const { der, thisUpdate } = stapler.staple(certificate.fingerprint);
    let digest = digests.get(der);
    if (digest === undefined) {
      digest = toBase64Url(sha256(der));
      digests.set(der, digest);
    }
    return { der, sha256: digest, thisUpdate };
  } catch (cause) {
    throw new SealwayError(
      "signer_unavailable",
      "there is no good and fresh OCSP response for the seal certificate",
      { cause },
    );
  }
}
