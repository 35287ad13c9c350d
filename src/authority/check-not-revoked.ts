import { SealwayError } from "../core/errors.ts";
import { fetchOcsp } from "../pki/ocsp-client.ts";
import { checkOcspGood, verifyOcspResponse } from "../pki/ocsp-verdict.ts";
import { TrustServiceError } from "../pki/post-der.ts";
import type { Seal } from "../trust/configuration-index.ts";

const responderTimeout = 5_000;

/** A certificate and the listed CA that issued it. */
export type Issued = Pick<Seal, "certificate" | "issuer" | "authority">;

/**
 * Asks the responders of its CA. Fails closed: a CA whose responders do not answer vouches for nothing.
 * @param at milliseconds @param maxAgeMs of a response
 * @throws SealwayError `certificate_revoked`, `ocsp_*`
 */
export async function checkNotRevoked(
  { certificate, issuer, authority }: Issued,
  at: number,
  maxAgeMs: number,
): Promise<void> {
  for (const responder of authority.ocspUrls) {
    try {
      const response = await fetchOcsp(responder, { certificate, issuer, timeoutMs: responderTimeout });
      checkOcspGood(verifyOcspResponse(response, { certificate, issuer, at, maxAgeMs }));
      return;
    } catch (error) {
      // The next one may answer; a signed word that the seal is revoked is the last one.
      if (!(error instanceof TrustServiceError)) throw error;
    }
  }
  throw new SealwayError("ocsp_invalid", "no OCSP responder of the certificate's CA answers the authority");
}
