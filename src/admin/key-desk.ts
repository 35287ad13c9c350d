import type { Json } from "../core/canonical-json.ts";

/** A key of the server, as `ListedKey` names it. */
export interface KeyPlace {
  /** `seal DEV/GOV/10000001`, or `tls`. */
  readonly slot: string;
  readonly name: string;
}

/** What a request for a certificate says beside the identifier; what is missing is as it is registered, or left out. */
export interface CertifiedFacts {
  readonly organization?: string;
  /** Two capital letters. */
  readonly country?: string;
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
}

/** A key that waits for its certificate. @property request PKCS#10 in PEM */
export interface KeyRequest extends KeyPlace {
  readonly request: string;
}

/** What became of a certificate: nothing is kept unless all is well. */
export type CertifiedKey =
  | { readonly kind: "imported"; readonly name: string; readonly ends: string }
  | {
      readonly kind: "refused";
      readonly findings: readonly {
        readonly code: string;
        readonly detail: string;
        readonly remedy: string;
      }[];
    };

/** The life of the server's keys, of which the running server alone has the private part. @throws SealwayError as it says */
export interface KeyDesk {
  make(slot: string, algorithm: "ES256" | "RS256", facts: CertifiedFacts): Promise<KeyRequest>;
  /** Writes the request for a certificate anew. */
  request(key: KeyPlace, facts: CertifiedFacts): Promise<KeyRequest>;
  /** The request that was written last. */
  requestOf(key: KeyPlace): Promise<string>;
  /** @param certificate PEM, with CAs in between */
  importCertificate(key: KeyPlace, certificate: string): Promise<CertifiedKey>;
  /** Has the CA of the configuration certify a key. @param name of one that is there, instead of a new one */
  enrol(slot: string, name: string | undefined): Promise<CertifiedKey>;
  /** Has the governing authority register a key's certificate. */
  register(key: KeyPlace): Promise<{ readonly request: string; readonly state: string }>;
  /** Suspends a leaked seal, and does what follows from that. @param from since when, milliseconds */
  compromised(fingerprint: string, from: number): Promise<Json>;
}
