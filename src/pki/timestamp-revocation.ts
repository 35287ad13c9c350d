import type { Certificate } from "./certificate.ts";
import { DerError } from "./der.ts";
import { parseOcspResponse } from "./ocsp-response.ts";
import { type OcspVerdict, verifyOcspResponse } from "./ocsp-verdict.ts";

/** A response older than this at the time of the token does not tell the state of the TSA's certificate then. */
const longestAgeMs = 24 * 3_600_000;

/** CRLReasons after which tokens from before the revocation stay good (RFC 3161 §4 item 1). */
const keyStillGood: ReadonlySet<number | undefined> = new Set([0, 3, 4, 5]);

/**
 * What OCSP responses say of the first certificate of a chain, for a token of that time: a revocation before
 * all, else the first good word, else whatever was said. A response is mostly made after the token, and then
 * judged at its own time.
 * @param responses in DER (attacker-controlled)
 * @param genTime of the token, in milliseconds since the epoch
 */
export function tokenRevocation(
  responses: readonly Buffer[],
  [certificate, issuer]: readonly Certificate[],
  genTime: number,
): OcspVerdict | undefined {
  if (certificate === undefined || issuer === undefined) return undefined;
  const verdicts = responses.map((der) => {
    const at = Math.max(genTime, madeAt(der));
    return verifyOcspResponse(der, { certificate, issuer, at, maxAgeMs: longestAgeMs });
  });
  const ofStatus = (status: OcspVerdict["status"]) => verdicts.find((verdict) => verdict.status === status);
  return ofStatus("revoked") ?? ofStatus("good") ?? verdicts[0];
}

/** Whether a revocation voids a token of that time: by its date, or at any time when the key may be in other hands. */
export function isRevokedFor(verdict: OcspVerdict | undefined, genTime: number): boolean {
  if (verdict?.status !== "revoked") return false;
  return verdict.revokedAt <= genTime || !keyStillGood.has(verdict.reason);
}

function madeAt(der: Buffer): number {
  try {
    const response = parseOcspResponse(der);
    return response.kind === "basic" ? response.producedAt : 0;
  } catch (error) {
    if (error instanceof DerError) return 0;
    throw error;
  }
}
