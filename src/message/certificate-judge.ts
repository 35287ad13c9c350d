import { sha256Base64Url } from "../core/bytes.ts";
import type { Certificate } from "../pki/certificate.ts";
import { checkValidity, verifyChain } from "../pki/chain.ts";
import { checkOcspGood, type OcspGood, type OcspVerdict, verifyOcspResponse } from "../pki/ocsp-verdict.ts";
import type { CertificateJudge, OcspSummary } from "./verify-message.ts";

/** How many distinct verdicts are remembered; a country has a few thousand certificates. */
const mostVerdicts = 10_000;

/**
 * Judges seal certificates. A signature of a CA or responder is verified once (1 ms and more); what time changes is
 * looked at for every message.
 */
export class CachedCertificateJudge implements CertificateJudge {
  readonly #ocspFreshness: () => number;
  readonly #paths = new Map<string, readonly Certificate[]>();
  readonly #ocsp = new Map<string, OcspGood & OcspSummary>();

  /** @param ocspFreshness how old a response may be, milliseconds: a parameter of the instance */
  constructor(ocspFreshness: () => number) {
    this.#ocspFreshness = ocspFreshness;
  }

  checkChain(certificate: Certificate, issuer: Certificate, at: number): void {
    const key = `${certificate.fingerprint} ${issuer.fingerprint}`;
    const known = this.#paths.get(key);
    if (known !== undefined) {
      for (const link of known) checkValidity(link, at);
      return;
    }
    remember(this.#paths, key, verifyChain(certificate, { intermediates: [], anchors: [issuer], at }));
  }

  checkOcsp(response: Buffer, certificate: Certificate, issuer: Certificate, at: number): OcspSummary {
    const digest = sha256Base64Url(response);
    const key = `${digest} ${certificate.fingerprint} ${issuer.fingerprint}`;
    const maxAgeMs = this.#ocspFreshness();
    const known = this.#ocsp.get(key);
    // The limit may have been lowered since.
    if (known !== undefined && at < Math.min(known.freshUntil, known.thisUpdate + maxAgeMs)) return known;
    const verdict: OcspVerdict = verifyOcspResponse(response, { certificate, issuer, at, maxAgeMs });
    checkOcspGood(verdict);
    const summary = { ...verdict, sha256: digest };
    remember(this.#ocsp, key, summary);
    return summary;
  }
}

function remember<T>(map: Map<string, T>, key: string, value: T): void {
  if (map.size >= mostVerdicts) map.delete(map.keys().next().value as string);
  map.set(key, value);
}
