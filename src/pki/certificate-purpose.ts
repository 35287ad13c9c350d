import { SealwayError } from "../core/errors.ts";
import type { Certificate } from "./certificate.ts";
import type { KeyUsage } from "./certificate-extensions.ts";
import { oids } from "./oids.ts";

/** What the holder of a certificate does with its key. */
export type Purpose = "seal" | "tls" | "ocsp" | "timestamp";

interface Profile {
  /** One of these key usages must be there; an absent extension is a refusal. */
  readonly usage: readonly KeyUsage[];
  /** All of these extended key usages must be there. */
  readonly extended: readonly string[];
  /** Whether more may stand beside them; `nothing` also wants the extension critical (RFC 3161 §2.3). */
  readonly beside: "others" | "nothing";
  /** None of these may be there: a key that does one thing cannot be tricked into another. */
  readonly never: readonly string[];
}

const { serverAuth, clientAuth, ocspSigning, timeStamping, anyExtendedKeyUsage } = oids;

// biome-ignore format: a table is read by its columns
const profiles: Readonly<Record<Purpose, Profile>> = {
  seal:      { usage: ["nonRepudiation"],                     extended: [],                       beside: "others",  never: [serverAuth, clientAuth, ocspSigning, timeStamping, anyExtendedKeyUsage] },
  tls:       { usage: ["digitalSignature"],                   extended: [serverAuth, clientAuth], beside: "others",  never: [ocspSigning, timeStamping, anyExtendedKeyUsage] },
  ocsp:      { usage: ["digitalSignature", "nonRepudiation"], extended: [ocspSigning],            beside: "others",  never: [serverAuth, clientAuth, timeStamping, anyExtendedKeyUsage] },
  timestamp: { usage: ["digitalSignature", "nonRepudiation"], extended: [timeStamping],           beside: "nothing", never: [] },
};

/** @throws SealwayError `certificate_unfit` unless the leaf certificate is made for this purpose */
export function checkPurpose(certificate: Certificate, purpose: Purpose): void {
  const profile = profiles[purpose];
  const { extendedKeyUsage: extended, keyUsage, basicConstraints } = certificate;
  const has = (oid: string) => extended.oids.includes(oid);
  const alone = extended.critical && extended.oids.length === profile.extended.length;
  const fits =
    !basicConstraints.ca &&
    profile.usage.some((usage) => keyUsage.has(usage)) &&
    profile.extended.every(has) &&
    !profile.never.some(has) &&
    (profile.beside === "others" || alone);
  if (!fits)
    throw new SealwayError("certificate_unfit", `the certificate is not made for the purpose "${purpose}"`);
}

/** Whether a CA's own extended key usages, when it has any, let it issue certificates for this purpose. */
export function allowsPurpose(ca: Certificate, purpose: Purpose): boolean {
  const { oids: allowed } = ca.extendedKeyUsage;
  if (allowed.length === 0 || allowed.includes(anyExtendedKeyUsage)) return true;
  const { extended } = profiles[purpose];
  return extended.length > 0 && extended.every((oid) => allowed.includes(oid));
}
