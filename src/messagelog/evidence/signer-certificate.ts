import { fromBase64 } from "../../core/bytes.ts";
import { type Certificate, parseCertificate } from "../../pki/certificate.ts";
import { Remembered } from "./remembered.ts";

/** Of seals that sign, by the text in `x5c`: few members sign thousands of messages. */
const certificates = new Remembered<Certificate>(1024);

/** @param text of `x5c`. @throws DerError */
export function signerCertificate(text: string): Certificate {
  return certificates.get(text, () => parseCertificate(fromBase64(text) ?? Buffer.alloc(0)));
}
