import { createSecretKey, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { sha256, toBase64Url } from "../core/bytes.ts";
import { SealwayError } from "../core/errors.ts";
import type { MemberId } from "../core/ids.ts";
import type { MemberSeal } from "../exchange/gateway-services.ts";
import type { Staple } from "../message/seal-message.ts";
import { type Certificate, parseCertificatesPem } from "../pki/certificate.ts";
import { loadKeyFile } from "../pki/key-file.ts";
import type { OcspStapler } from "../pki/ocsp-stapler.ts";
import { keyOperation } from "../pki/private-key.ts";
import { SignerPool } from "../pki/signer.ts";
import type { ConfigurationIndex } from "../trust/configuration-index.ts";

/** Where a member's seal lies. */
export interface SealFiles {
  readonly id: MemberId;
  readonly sealCertificate: string;
  readonly sealKey: string;
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
  const seals = await Promise.all(files.map((file) => openSeal(file, passphrase, stapler, index)));
  return new Map(seals.map((seal) => [seal.member, seal]));
}

async function openSeal(
  { id, sealCertificate, sealKey }: SealFiles,
  passphrase: string,
  stapler: OcspStapler,
  index: ConfigurationIndex,
): Promise<MemberSeal> {
  const certificate = parseCertificatesPem(await readFile(sealCertificate, "utf8"))[0];
  const issuer = certificate === undefined ? undefined : index.issuerOf(certificate);
  if (certificate === undefined || issuer === undefined) {
    throw new SealwayError(
      "signer_unavailable",
      `${id}: ${sealCertificate} has no certificate of an approved CA`,
    );
  }
  const signer = new SignerPool(certificate, keyOperation(await loadKeyFile(sealKey, passphrase)));
  await stapler.watch({ certificate, issuer: issuer.certificate, responders: issuer.authority.ocspUrls });
  return {
    member: id,
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
