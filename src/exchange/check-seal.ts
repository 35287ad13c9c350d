import { asSealwayError, SealwayError } from "../core/errors.ts";
import type { GatewayServices, MemberSeal, TrustSnapshot } from "./gateway-services.ts";

/**
 * Checks that others would take what a seal signs now: it is bound to its member and to this server, valid, and has a
 * good OCSP response. Asked before anything is done for which a signature is needed afterwards.
 * @throws SealwayError `signer_unavailable`
 */
export function checkSeal(
  { self, clock, judge }: Pick<GatewayServices, "self" | "clock" | "judge">,
  { directory }: Pick<TrustSnapshot, "directory">,
  seal: MemberSeal,
): void {
  const { certificate } = seal.signer;
  const now = clock.now();
  const binding = directory.seal(certificate.fingerprint, now);
  if (binding === undefined)
    throw unusable(directory.whyNoSeal?.(certificate.fingerprint, now) ?? "is not registered");
  if (binding?.member !== seal.member || !binding.servers.includes(self)) {
    throw unusable("is not bound to the member and this server in the configuration in force");
  }
  try {
    judge.checkChain(certificate, seal.issuer, now);
  } catch (cause) {
    throw unusable(`is not accepted: ${asSealwayError(cause).code}`, cause);
  }
  const problem = seal.signer.problem?.();
  if (problem !== undefined) throw unusable(`cannot be used: ${problem}`);
  seal.staple();
}

function unusable(why: string, cause?: unknown): SealwayError {
  return new SealwayError("signer_unavailable", `the member's seal certificate ${why}`, { cause });
}
