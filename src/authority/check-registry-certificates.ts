import type { Certificate } from "../pki/certificate.ts";
import { checkPurpose, type Purpose } from "../pki/certificate-purpose.ts";
import { isIssuedBy } from "../pki/chain.ts";
import { isAtLeast, sealClassOf, sealClassTitles } from "../pki/seal-class.ts";
import { DocumentError } from "../trust/document-error.ts";
import type { Registry } from "./registry.ts";

/** A certificate, whose it is, and where it stands in the registry. */
interface Placed {
  readonly certificate: Certificate;
  readonly owner: string;
  readonly place: string;
}

/**
 * Checks what only the certificates themselves show: that each is made for what it is registered for, that a
 * listed CA issued it, and that no key has two owners or two uses. Validity is judged at use, not here.
 * @throws DocumentError with the place in the registry
 */
export function checkRegistryCertificates(registry: Registry): void {
  const { document, seals, tlsCertificates } = registry;
  const placedSeals = seals.map((certificate, i) => ({
    certificate,
    owner: `the seal of ${document.seals[i]!.member}`,
    place: `/seals/${i}/certificate`,
  }));
  const placedTls = tlsCertificates.flatMap((certificates, i) =>
    certificates.map((certificate, j) => ({
      certificate,
      owner: `the TLS key of ${document.servers[i]!.id}`,
      place: `/servers/${i}/tlsCertificates/${j}`,
    })),
  );
  seen = new Map();
  for (const seal of placedSeals) checkLeaf(registry, seal, "seal");
  for (const [i, seal] of placedSeals.entries()) checkClass(registry, seal, i);
  for (const tls of placedTls) checkLeaf(registry, tls, "tls");
  known = seen;
  checkKeys(registry, [...placedSeals, ...placedTls]);
}

function checkLeaf(registry: Registry, { certificate, place }: Placed, purpose: Purpose): void {
  try {
    checkPurpose(certificate, purpose);
    if (!isIssuedByListed(certificate, registry.certificationAuthorities))
      throw new Error("was issued by no listed CA");
  } catch (cause) {
    throw new DocumentError(registry.name, place, (cause as Error).message, { cause });
  }
}

/** One that is withdrawn or compromised stays listed: it is history. */
function checkClass({ document, name }: Registry, { certificate, place }: Placed, index: number): void {
  const { member, history } = document.seals[index]!;
  const memberClass = member.split("/")[1];
  const rule = document.parameters.leastSealClasses?.find((one) => one.memberClass === memberClass);
  const found = sealClassOf(certificate);
  if (rule === undefined || history.at(-1)?.state !== "granted" || isAtLeast(found, rule.least)) return;
  const problem = `makes ${sealClassTitles[found]}; members of ${memberClass} need ${sealClassTitles[rule.least]}`;
  throw new DocumentError(name, place, problem);
}

/** By the fingerprints of a certificate and its issuer: a signature is as good in the next version. */
let known: ReadonlyMap<string, string> = new Map();
let seen = new Map<string, string>();

function isIssuedByListed(certificate: Certificate, listed: readonly Certificate[]): boolean {
  const before = known.get(certificate.fingerprint);
  const issuer =
    listed.find(({ fingerprint }) => fingerprint === before) ??
    listed.find((ca) => isIssuedBy(certificate, ca));
  if (issuer !== undefined) seen.set(certificate.fingerprint, issuer.fingerprint);
  return issuer !== undefined;
}

function checkKeys(registry: Registry, certificates: readonly Placed[]): void {
  const owners = new Map<string, string>();
  for (const { certificate, owner, place } of certificates) {
    const key = certificate.spki.toString("base64");
    const other = owners.get(key) ?? owner;
    if (other !== owner) throw new DocumentError(registry.name, place, `${owner} is also ${other}`);
    owners.set(key, owner);
  }
}
