import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import type { Clock } from "../core/clock.ts";
import { type MemberId, memberOf, type ServerId } from "../core/ids.ts";
import { serverUri } from "../pki/alternative-names.ts";
import type { Certificate } from "../pki/certificate.ts";
import { oids } from "../pki/oids.ts";
import { type CertificateTemplate, issueCertificate } from "./certificate-issue.ts";

/** A certificate with its key and the CA certificates above it, the root last. */
export interface Identity {
  readonly certificate: Certificate;
  readonly privateKey: KeyObject;
  readonly chain: readonly Certificate[];
}

/** What may differ from one certificate of a profile to the next. */
export interface IssueOptions {
  /** Milliseconds since the epoch; from an hour ago for a year unless told. */
  readonly notBefore?: number;
  readonly notAfter?: number;
  /** The subject's own key; a new P-256 key unless told. */
  readonly privateKey?: KeyObject;
  /** Of a seal: stated to be qualified. */
  readonly qualified?: CertificateTemplate["qualified"];
}

export interface CaOptions {
  /** The instance that the names say, `DEV`. */
  readonly instance: string;
  readonly clock: Clock;
  /** The responder that every certificate below the root names. */
  readonly ocspUrl: string;
}

const hour = 3_600_000;
const day = 24 * hour;

/**
 * A certificate authority for development and tests: a root, an issuing CA below it, and the certificate
 * profiles of an instance. All in memory; nothing about it is secret enough for anything but a demonstration.
 */
export class DevelopmentCa {
  readonly root: Identity;
  readonly issuing: Identity;
  readonly #options: CaOptions;

  constructor(options: CaOptions) {
    this.#options = options;
    this.root = this.#issueRoot();
    this.issuing = this.issueCa(this.root, "Issuing CA", { pathLength: 0 });
  }

  /** A CA below another one. */
  issueCa(parent: Identity, name: string, ca: { pathLength?: number }, options: IssueOptions = {}): Identity {
    const profile = { subject: this.#subject(name), keyUsage: ["keyCertSign", "cRLSign"], ca } as const;
    return this.#issue(profile, { notAfter: this.#options.clock.now() + 10 * 365 * day, ...options }, parent);
  }

  /** The e-seal of a member. */
  issueSeal(member: MemberId, organization: string, options: IssueOptions = {}): Identity {
    const subject = {
      countryName: "EU",
      organizationName: organization,
      organizationIdentifier: member,
      commonName: `${organization} e-seal`,
    };
    return this.#issue({ subject, keyUsage: ["nonRepudiation"] }, options);
  }

  /** The TLS certificate of a security server, for both ends of a connection. */
  issueTls(server: ServerId, organization: string, options: IssueOptions = {}): Identity {
    return this.#issue(
      {
        subject: {
          countryName: "EU",
          organizationName: organization,
          organizationIdentifier: memberOf(server),
          commonName: server,
        },
        keyUsage: ["digitalSignature"],
        extendedKeyUsage: { critical: "optional", oids: [oids.serverAuth, oids.clientAuth] },
        alternativeNames: {
          uris: [serverUri(server)],
          dnsNames: ["localhost"],
          ipAddresses: ["127.0.0.1"],
        },
      },
      options,
    );
  }

  /** The certificate that signs OCSP responses for what the issuing CA has issued (RFC 6960 §4.2.2.2). */
  issueOcspSigner(options: IssueOptions = {}): Identity {
    return this.#issue(
      {
        subject: this.#subject("OCSP responder"),
        keyUsage: ["digitalSignature"],
        extendedKeyUsage: { critical: "optional", oids: [oids.ocspSigning] },
        ocspNoCheck: "no-check",
      },
      options,
    );
  }

  /** The certificate of a time-stamping authority (RFC 3161 §2.3). */
  issueTimestamping(options: IssueOptions = {}): Identity {
    return this.#issue(
      {
        subject: this.#subject("TSA"),
        keyUsage: ["digitalSignature", "nonRepudiation"],
        extendedKeyUsage: { critical: "critical", oids: [oids.timeStamping] },
      },
      options,
    );
  }

  #issueRoot(): Identity {
    const now = this.#options.clock.now();
    const privateKey = generateKey();
    const certificate = issueCertificate(
      {
        subject: this.#subject("Root CA"),
        publicKey: createPublicKey(privateKey),
        notBefore: now - hour,
        notAfter: now + 20 * 365 * day,
        keyUsage: ["keyCertSign", "cRLSign"],
        ca: {},
      },
      { certificate: "self", privateKey },
    );
    return { certificate, privateKey, chain: [] };
  }

  #issue(
    profile: Omit<CertificateTemplate, "publicKey" | "notBefore" | "notAfter" | "ocspUrl">,
    options: IssueOptions,
    issuer: Identity = this.issuing,
  ): Identity {
    const now = this.#options.clock.now();
    const privateKey = options.privateKey ?? generateKey();
    const template: CertificateTemplate = {
      ...profile,
      publicKey: createPublicKey(privateKey),
      notBefore: options.notBefore ?? now - hour,
      notAfter: options.notAfter ?? now + 365 * day,
      ...(options.qualified && { qualified: options.qualified }),
      // Nobody asks for the state of a certificate that need not be checked.
      ...(profile.ocspNoCheck === undefined && { ocspUrl: this.#options.ocspUrl }),
    };
    const certificate = issueCertificate(template, issuer);
    return { certificate, privateKey, chain: [issuer.certificate, ...issuer.chain] };
  }

  /** Short, since each evidence record holds the names of the time-stamping authority and its CAs, one of them three times. */
  #subject(name: string) {
    return { commonName: `${this.#options.instance} ${name}` };
  }
}

function generateKey(): KeyObject {
  return generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey;
}
