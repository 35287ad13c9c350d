import { type Certificate, parseCertificate } from "./certificate.ts";
import { DerError } from "./der.ts";

/**
 * The certificates that somebody sent along with a signature, in DER (attacker-controlled). Those that cannot be
 * read are left out: they may be of kinds that Sealway has no use for, and trust comes from none of them.
 */
export function readSentCertificates(ders: readonly Buffer[]): Certificate[] {
  return ders.flatMap((der) => {
    try {
      return [parseCertificate(der)];
    } catch (error) {
      if (error instanceof DerError) return [];
      throw error;
    }
  });
}
