import type { Clock } from "../../core/clock.ts";
import { SealwayError } from "../../core/errors.ts";
import { memberOf } from "../../core/ids.ts";
import type { Change } from "../../message/registration/registration-change.ts";
import type { Certificate } from "../../pki/certificate.ts";
import { parseCertificate } from "../../pki/certificate.ts";
import { checkPurpose, type Purpose } from "../../pki/certificate-purpose.ts";
import { checkValidity, isIssuedBy } from "../../pki/chain.ts";
import { type ConfigurationIndex, stateAt } from "../../trust/configuration-index.ts";
import { checkNotRevoked, type Issued } from "../check-not-revoked.ts";

/** A certificate that a change brings, and what for. */
interface Brought {
  readonly certificate: Certificate;
  readonly purpose: Purpose;
  /** The member whose it is to be. */
  readonly member: string;
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

/** Whether the CA names the member in what a change brings (organizationIdentifier, ETSI EN 319 412-1 §5.1.4). */
export function isNamedInCertificate(change: Change): boolean {
  const brought = broughtBy(change);
  return (
    brought.length > 0 &&
    brought.every(
      ({ certificate, member }) => certificate.subjectAttributes.organizationIdentifier === member,
    )
  );
}

function broughtBy(change: Change): readonly Brought[] {
  const read = (der: string, purpose: Purpose, member: string): Brought => {
    try {
      return { certificate: parseCertificate(Buffer.from(der, "base64")), purpose, member };
    } catch (cause) {
      throw new SealwayError("certificate_unfit", "a certificate cannot be read", { cause });
    }
  };
  switch (change.kind) {
    case "seal-add":
      return [read(change.certificate, "seal", change.member)];
    case "server-certificate-add":
      return [read(change.certificate, "tls", memberOf(change.server))];
    case "server-add":
      return change.tlsCertificates.map((der) => read(der, "tls", change.owner));
    default:
      return [];
  }
}
