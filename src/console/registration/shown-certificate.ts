import { X509Certificate } from "node:crypto";
import { sha256Base64Url } from "../../core/bytes.ts";
import { type Html, html } from "../../web/html.ts";
import { definitions, moment } from "../table.ts";
import type { Visit } from "../visit.ts";
import { registrationWords } from "./words.ts";

/** Whose a certificate is, who issued it, and for how long. @param der in base64: a stranger's */
export function shownCertificate(visit: Visit, der: string): Html {
  const words = visit.words(registrationWords).certificate;
  const bytes = Buffer.from(der, "base64");
  const certificate = parsed(bytes);
  if (certificate === undefined) return html`<p>${words.unreadable}</p>`;
  const { issuer, subject, validFrom, validTo } = certificate;
  const now = visit.services.admin.clock.now();
  const isValid = Date.parse(validFrom) <= now && now < Date.parse(validTo);
  return definitions([
    [words.subject, names(subject)],
    [words.issuer, names(issuer)],
    [words.from, moment(validFrom)],
    [words.to, html`${moment(validTo)}${isValid ? null : html` <strong>${words.invalid}</strong>`}`],
    [words.fingerprint, html`<code>${sha256Base64Url(bytes)}</code>`],
  ]);
}

function parsed(bytes: Buffer): X509Certificate | undefined {
  try {
    const certificate = new X509Certificate(bytes);
    // An encoding may hold dates that are none.
    const dates = [certificate.validFrom, certificate.validTo].map((date) => Date.parse(date));
    return dates.some(Number.isNaN) ? undefined : certificate;
  } catch {
    return undefined;
  }
}

function names(text: string): string {
  return text.split("\n").join(", ");
}
