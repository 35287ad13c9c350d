import type { Certificate } from "../../pki/certificate.ts";
import { DerError } from "../../pki/der.ts";
import { readSentCertificates } from "../../pki/sent-certificates.ts";
import type { SignedData } from "../../pki/signed-data.ts";
import { findNamedSigner } from "../../pki/signing-certificate.ts";
import { parseTimestampToken } from "../../pki/timestamp-token.ts";
import { verifyTimestampToken } from "../../pki/timestamp-verdict.ts";

/** When a token is renewed: as long before its first certificate expires as the shorter of the two says. */
export interface RenewalRules {
  /** Milliseconds. */
  readonly beforeExpiry: number;
  /** This part of a certificate's validity. */
  readonly partOfValidity: number;
}

const day = 24 * 3_600_000;

export const defaultRenewalRules: RenewalRules = { beforeExpiry: 90 * day, partOfValidity: 0.1 };

/** Whose certificates a token stands on. */
export interface TokenSigner {
  readonly certificate: Certificate;
  /** Undefined when it cannot be found among trusted ones: then nobody is asked for its state. */
  readonly issuer: Certificate | undefined;
  /** When a token of it is to be renewed, milliseconds. */
  readonly renewFrom: number;
  /** When the first certificate of its chain expires, milliseconds. */
  readonly expires: number;
}

/**
 * Finds the signers of many tokens. There are few: a token that contains the certificate of a signer that is known is
 * taken for its token. That is no verification, and none is needed to decide what is renewed.
 */
export class TokenAges {
  readonly #anchors: readonly Certificate[];
  readonly #at: number;
  readonly #rules: RenewalRules;
  readonly #signers: TokenSigner[] = [];

  /** @param anchors trusted for time-stamping @param at now, milliseconds */
  constructor(anchors: readonly Certificate[], at: number, rules: RenewalRules) {
    this.#anchors = anchors;
    this.#at = at;
    this.#rules = rules;
  }

  /** @returns undefined for a token that cannot be read: to renew it would prove nothing */
  signerOf(token: Buffer): TokenSigner | undefined {
    const known = this.#signers.find(({ certificate }) => token.includes(certificate.der));
    if (known !== undefined) return known;
    const chain = this.#chainOf(token);
    if (chain === undefined) return undefined;
    const signer = {
      certificate: chain[0]!,
      issuer: chain[1],
      renewFrom: Math.min(...chain.map((one) => renewFrom(one, this.#rules))),
      expires: Math.min(...chain.map(({ notAfter }) => notAfter)),
    };
    this.#signers.push(signer);
    return signer;
  }

  isDue(signer: TokenSigner): boolean {
    return signer.renewFrom <= this.#at;
  }

  #chainOf(token: Buffer): readonly Certificate[] | undefined {
    try {
      const { info, signedData } = parseTimestampToken(token);
      if (info === undefined) return undefined;
      const verdict = verifyTimestampToken(token, {
        imprint: info.imprint,
        anchors: this.#anchors,
        at: this.#at,
      });
      // A token whose authority is listed no more proves what it proved as long as it is renewed in time.
      return verdict.outcome === "valid" ? verdict.timestamp.chain : sentChain(signedData);
    } catch (error) {
      if (error instanceof DerError) return undefined;
      throw error;
    }
  }
}

/** The signer as the token names it, with its issuer when the token has that. */
function sentChain({ signers, certificates }: SignedData): readonly Certificate[] | undefined {
  const [signer] = signers;
  const sent = readSentCertificates(certificates);
  const certificate = signer && findNamedSigner(signer, sent);
  if (certificate === undefined || typeof certificate === "string") return undefined;
  const issuer = sent.find(({ subject }) => subject.equals(certificate.issuer));
  return issuer === undefined ? [certificate] : [certificate, issuer];
}

/** When a certificate is so close to its end that what it signed is to be renewed, milliseconds. */
export function renewFrom({ notBefore, notAfter }: Certificate, rules: RenewalRules): number {
  return notAfter - Math.min(rules.beforeExpiry, (notAfter - notBefore) * rules.partOfValidity);
}
