import type { Clock } from "../../core/clock.ts";
import { SealwayError } from "../../core/errors.ts";
import type { MemberId, ServerId } from "../../core/ids.ts";
import type { Change } from "../../message/registration/registration-change.ts";
import { type Certificate, parseCertificate } from "../../pki/certificate.ts";
import { holderOf, type KeyUse, namesHolder, usualNameRules } from "../../pki/certificate-names.ts";
import { checkPurpose } from "../../pki/certificate-purpose.ts";
import { checkValidity, isIssuedBy } from "../../pki/chain.ts";
import { type ConfigurationIndex, stateAt } from "../../trust/configuration-index.ts";
import { checkNotRevoked, type Issued } from "../check-not-revoked.ts";

/** A certificate that a change brings, and what for. */
interface Brought {
  readonly certificate: Certificate;
  readonly purpose: KeyUse;
  /** The member whose seal, or the server whose TLS key it is to be. */
  readonly of: MemberId | ServerId;
}

/**
 * Whether the certificates that a request brings can be used: made for it, valid now, of a listed CA, not revoked. Who
 * else has the key, shows when the configuration is put together.
 * @throws SealwayError `certificate_unfit`, `certificate_expired`, `certificate_chain`, `certificate_revoked`, `ocsp_*`
 */
export async function checkNewCertificates(
  changes: readonly Change[],
  index: ConfigurationIndex,
  clock: Clock,
): Promise<void> {
  const now = clock.now();
  // An authority may list officers whom no CA of the instance knows.
  for (const change of changes)
    if (change.kind === "officer-add") checkValidity(readDer(change.certificate), now);
  const brought = changes.flatMap(broughtBy);
  const issued = brought.map(({ certificate, purpose }) => {
    checkPurpose(certificate, purpose);
    checkValidity(certificate, now);
    return issuedBy(certificate, index, now);
  });
  const { ocspFreshness } = index.content.parameters;
  await Promise.all(issued.map((one) => checkNotRevoked(one, now, ocspFreshness)));
}

/** @throws SealwayError `certificate_chain` for one of no CA that is listed and good */
export function issuedBy(certificate: Certificate, index: ConfigurationIndex, now: number): Issued {
  const ca = index.issuerOf(certificate);
  if (ca === undefined || !isIssuedBy(certificate, ca.certificate))
    throw new SealwayError("certificate_chain", "the certificate was issued by no listed CA");
  if (stateAt(ca.authority.history, now) !== "granted")
    throw new SealwayError("certificate_chain", `the CA ${ca.authority.name} is not in use any more`);
  return { certificate, issuer: ca.certificate, authority: ca.authority };
}

/**
 * Whether the CA names the member and the server in each certificate that a change brings, by the instance's rules. Where
 * those ask for no name that tells members apart, no certificate does.
 */
export function isNamedInCertificate(change: Change, { content }: ConfigurationIndex): boolean {
  const rules = content.parameters.certificateNames ?? usualNameRules;
  const brought = broughtBy(change);
  return (
    brought.length > 0 &&
    brought.every(({ certificate, purpose, of }) => namesHolder(certificate, purpose, rules, holderOf(of)))
  );
}

function broughtBy(change: Change): readonly Brought[] {
  const read = (der: string, purpose: KeyUse, of: Brought["of"]): Brought => {
    return { certificate: readDer(der), purpose, of };
  };
  switch (change.kind) {
    case "seal-add":
      return [read(change.certificate, "seal", change.member)];
    case "server-certificate-add":
      return [read(change.certificate, "tls", change.server)];
    case "server-add":
      return change.tlsCertificates.map((der) => read(der, "tls", change.server));
    default:
      return [];
  }
}

function readDer(der: string): Certificate {
  try {
    return parseCertificate(Buffer.from(der, "base64"));
  } catch (cause) {
    throw new SealwayError("certificate_unfit", "a certificate cannot be read", { cause });
  }
}
