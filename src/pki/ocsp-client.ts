import { buildOcspRequest, type OcspQuestion } from "./ocsp-request.ts";
import { postDer } from "./post-der.ts";

/**
 * Asks one OCSP responder over HTTP POST (RFC 6960 appendix A). Nothing is judged: see `verifyOcspResponse`.
 * @param responder its address, `http:` or `https:`; the response needs no protection, it is signed
 * @returns the OCSPResponse as received, at most 64 KiB
 * @throws TrustServiceError when there is no answer in time or it is no OCSP response by its media type
 */
export function fetchOcsp(
  responder: string,
  question: OcspQuestion & { timeoutMs: number },
): Promise<Buffer> {
  return postDer(responder, buildOcspRequest(question), {
    requestType: "application/ocsp-request",
    responseType: "application/ocsp-response",
    timeoutMs: question.timeoutMs,
  });
}
