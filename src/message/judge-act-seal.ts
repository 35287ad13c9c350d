import { SealwayError } from "../core/errors.ts";
import { type MemberId, memberOf, type ServiceId } from "../core/ids.ts";
import type { Certificate } from "../pki/certificate.ts";
import { checkPurpose } from "../pki/certificate-purpose.ts";
import { checkValidity } from "../pki/chain.ts";
import type { ConfigurationIndex, Seal } from "../trust/configuration-index.ts";
import type { CountersignedAct, SignedAct } from "./service-act-record.ts";

/**
 * Whether as many persons signed beside the seal as must: a new key does not make another person of one. Who they are,
 * the authority judges when the act comes: its list of officers changes.
 * @throws SealwayError `access_denied`
 */
export function checkOfficers({ officers }: Pick<SignedAct, "officers">, needed: number): void {
  if (officers.length !== needed)
    throw new SealwayError("access_denied", `the act needs ${needed} officers' signatures beside the seal's`);
  checkPersons(officers);
}

/** Whether each certificate is another person's. @throws SealwayError `access_denied` */
export function checkPersons(signers: readonly Certificate[]): void {
  for (const part of ["spki", "subject"] as const) {
    if (new Set(signers.map((signer) => signer[part].toString("base64"))).size !== signers.length)
      throw new SealwayError("access_denied", "one person signed twice");
  }
}

/**
 * Whether a seal of the service's own member signed an act, and was good then. Revocation is not judged here: the
 * authority asks the CA when the act comes, and says by its countersignature that the seal was good.
 * @param at milliseconds: when the authority took it, or takes it now
 * @throws SealwayError `certificate_unknown`, `certificate_wrong_member`, `certificate_expired`, `certificate_unfit`
 */
export function judgeActSeal(
  act: Pick<SignedAct, "certificate">,
  service: ServiceId,
  index: ConfigurationIndex,
  at: number,
): Seal {
  return judgeSealOf(act.certificate, memberOf(service), index, at);
}

/**
 * The same of anything that a member signs beside messages.
 * @throws SealwayError as `judgeActSeal`
 */
export function judgeSealOf(
  certificate: Certificate,
  member: MemberId,
  index: ConfigurationIndex,
  at: number,
): Seal {
  const seal = index.seal(certificate.fingerprint, at);
  if (seal === undefined) {
    throw new SealwayError(
      "certificate_unknown",
      "the act is signed by no seal that was registered and good then",
    );
  }
  if (seal.member !== member)
    throw new SealwayError("certificate_wrong_member", `${seal.member} signed in the place of ${member}`);
  checkPurpose(certificate, "seal");
  checkValidity(certificate, at);
  return seal;
}

/**
 * How the seal of an act stands that the authority took once: `void` when it is the provider's own and turned out not to
 * have been good then.
 * @throws SealwayError as `judgeActSeal`, for an act that no seal of the provider made
 */
export function judgeKeptSeal(
  act: Pick<CountersignedAct, "accepted" | "certificate">,
  service: ServiceId,
  index: ConfigurationIndex,
): "good" | "void" {
  const { fingerprint } = act.certificate;
  const isOwn = index.sealOfAnyState(fingerprint)?.member === memberOf(service);
  if (isOwn && index.seal(fingerprint, act.accepted) === undefined) return "void";
  judgeActSeal(act, service, index, act.accepted);
  return "good";
}
