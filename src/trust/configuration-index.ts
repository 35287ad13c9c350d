import { sha256, toBase64Url } from "../core/bytes.ts";
import type { ClientId, MemberId, ServerId } from "../core/ids.ts";
import { type Certificate, parseCertificate } from "../pki/certificate.ts";
import { isAtLeast, type SealClass, sealClassOf, sealClassTitles } from "../pki/seal-class.ts";
import { partPath } from "./configuration-parts.ts";
import { DocumentError } from "./document-error.ts";
import type {
  CertificationAuthority,
  ConfigurationContent,
  Member,
  SealBinding,
  SecurityServer,
  StateSince,
  TimestampingAuthority,
} from "./global-configuration.ts";

/** A seal as it is judged: its binding, parsed, with the CA that issued it. */
export interface Seal {
  readonly member: MemberId;
  readonly certificate: Certificate;
  readonly issuer: Certificate;
  readonly authority: CertificationAuthority;
  /** The servers that may use it. */
  readonly servers: readonly ServerId[];
  readonly history: readonly StateSince[];
  /** By the word of its CA. */
  readonly class: SealClass;
}

export interface TrustedCa {
  readonly authority: CertificationAuthority;
  readonly certificate: Certificate;
}

export interface TrustedTsa {
  readonly authority: TimestampingAuthority;
  /** The CA certificate under which its tokens are verified. */
  readonly certificate: Certificate;
}

/** Parsed certificates by fingerprint, handed from one version's index to the next. */
type CertificatesByFingerprint = ReadonlyMap<string, Certificate>;

/**
 * Typed look-ups in one version of the configuration, built once. Each is one look-up in a map without
 * allocation (`issuerOf` aside: a seal has its issuer); what is not there is undefined. Fingerprints are
 * base64url of SHA-256.
 */
export class ConfigurationIndex {
  readonly content: ConfigurationContent;
  /** In the authority's order of preference. */
  readonly timestampingAuthorities: readonly TrustedTsa[];
  readonly #members = new Map<MemberId, Member>();
  readonly #registered = new Set<ClientId>();
  readonly #servers = new Map<ServerId, SecurityServer>();
  readonly #serverOfClient = new Map<ClientId, SecurityServer>();
  readonly #serverByTls = new Map<string, SecurityServer>();
  readonly #seals = new Map<string, Seal>();
  readonly #cas = new Map<string, TrustedCa>();
  readonly #casBySubject = new Map<string, TrustedCa[]>();
  readonly #certificates = new Map<string, Certificate>();
  readonly #leastClasses: ReadonlyMap<string, SealClass>;
  /** Fingerprints of seals that are not of the class that their members must have. */
  readonly #belowLeast = new Set<string>();

  /**
   * @param content parsed and cross-checked
   * @param before the index of an earlier version, whose parsed certificates are taken over
   * @throws DocumentError for a malformed certificate, a seal without a listed CA, or a key with two owners
   */
  constructor(content: ConfigurationContent, before?: ConfigurationIndex) {
    this.content = content;
    this.#leastClasses = new Map(
      content.parameters.leastSealClasses.map(({ memberClass, least }) => [memberClass, least]),
    );
    const parsed = before === undefined ? new Map() : before.#certificates;
    this.#indexMembers();
    this.#indexServers();
    this.#indexAuthorities(parsed);
    this.timestampingAuthorities = content.timestampingAuthorities.map((authority, i) => {
      const place = `/timestampingAuthorities/${i}/certificate`;
      return { authority, certificate: this.#parse(authority.certificate, parsed, "trust-services", place) };
    });
    this.#indexSeals(parsed);
  }

  member(id: MemberId): Member | undefined {
    return this.#members.get(id);
  }

  /** Whether this is a registered subsystem, or a registered member itself. */
  isRegistered(client: ClientId): boolean {
    return this.#registered.has(client);
  }

  server(id: ServerId): SecurityServer | undefined {
    return this.#servers.get(id);
  }

  /** The one server that serves the subsystem or member. */
  serverOf(client: ClientId): SecurityServer | undefined {
    return this.#serverOfClient.get(client);
  }

  serverByTlsCertificate(fingerprint: string): SecurityServer | undefined {
    return this.#serverByTls.get(fingerprint);
  }

  /**
   * A seal by which messages may be signed: of the class that its member must have, or a higher one.
   * @param at milliseconds; neither it nor its CA may be withdrawn or compromised then
   */
  seal(fingerprint: string, at: number): Seal | undefined {
    const seal = this.#seals.get(fingerprint);
    if (seal === undefined || stateAt(seal.history, at) !== "granted") return undefined;
    if (this.#belowLeast.has(fingerprint)) return undefined;
    return stateAt(seal.authority.history, at) === "granted" ? seal : undefined;
  }

  /** Why `seal` knows none, for whoever has to do something about it. */
  whyNoSeal(fingerprint: string, at: number): string {
    const seal = this.#seals.get(fingerprint);
    if (seal === undefined) return "is not registered";
    const state = stateAt(seal.history, at);
    if (state !== "granted") return `is ${state}`;
    if (this.#belowLeast.has(fingerprint)) {
      const least = sealClassTitles[this.leastClassOf(seal.member)];
      return `makes ${sealClassTitles[seal.class]}; ${seal.member} needs ${least}`;
    }
    return `was issued by ${seal.authority.name}, which is ${stateAt(seal.authority.history, at)}`;
  }

  /** The class that seals of a member must have at least. */
  leastClassOf(member: MemberId): SealClass {
    return this.#leastClasses.get(member.split("/")[1]!) ?? "advanced";
  }

  /** A seal whatever its state: old evidence is judged by `stateAt` its proven time. */
  sealOfAnyState(fingerprint: string): Seal | undefined {
    return this.#seals.get(fingerprint);
  }

  certificationAuthority(fingerprint: string): TrustedCa | undefined {
    return this.#cas.get(fingerprint);
  }

  /** The listed CA whose name, and key identifier when both have one, the certificate bears as its issuer's. */
  issuerOf(certificate: Certificate): TrustedCa | undefined {
    const keyId = certificate.authorityKeyId;
    return this.#casBySubject.get(certificate.issuer.toString("base64"))?.find(({ certificate: ca }) => {
      return keyId === undefined || ca.subjectKeyId === undefined || keyId.equals(ca.subjectKeyId);
    });
  }

  #indexMembers(): void {
    for (const member of this.content.members) {
      this.#members.set(member.id, member);
      this.#registered.add(member.id as string as ClientId);
      for (const { id } of member.subsystems) this.#registered.add(id);
    }
  }

  #indexServers(): void {
    for (const server of this.content.servers) {
      this.#servers.set(server.id, server);
      for (const client of server.clients) this.#serverOfClient.set(client, server);
      for (const digest of server.tlsCertificates) this.#serverByTls.set(digest, server);
    }
  }

  #indexAuthorities(parsed: CertificatesByFingerprint): void {
    for (const [i, authority] of this.content.certificationAuthorities.entries()) {
      const place = `/certificationAuthorities/${i}/certificate`;
      const certificate = this.#parse(authority.certificate, parsed, "trust-services", place);
      if (!certificate.basicConstraints.ca)
        throw refused("trust-services", place, "not the certificate of a CA");
      if (this.#cas.has(certificate.fingerprint)) throw refused("trust-services", place, "occurs twice");
      const ca = { authority, certificate };
      this.#cas.set(certificate.fingerprint, ca);
      const subject = certificate.subject.toString("base64");
      this.#casBySubject.set(subject, [...(this.#casBySubject.get(subject) ?? []), ca]);
    }
  }

  #indexSeals(parsed: CertificatesByFingerprint): void {
    const owners = new Map<string, SealBinding>();
    for (const [i, binding] of this.content.seals.entries()) {
      const place = `/seals/${i}/certificate`;
      const certificate = this.#parse(binding.certificate, parsed, "seals", place);
      const { fingerprint } = certificate;
      const owner = owners.get(certificate.spki.toString("base64"));
      if (owner !== undefined && owner.member !== binding.member) {
        throw refused("seals", place, `${binding.member} has the key of ${owner.member}`);
      }
      owners.set(certificate.spki.toString("base64"), binding);
      if (this.#seals.has(fingerprint)) throw refused("seals", place, "occurs twice");
      if (this.#serverByTls.has(fingerprint))
        throw refused("seals", place, "is a TLS certificate of a server");
      const ca = this.issuerOf(certificate);
      if (ca === undefined) throw refused("seals", place, "was issued by no listed CA");
      const { member, servers, history } = binding;
      const { authority, certificate: issuer } = ca;
      const known = { member, certificate, issuer, authority, servers, history };
      const sealClass = sealClassOf(certificate);
      this.#seals.set(fingerprint, { ...known, class: sealClass });
      if (!isAtLeast(sealClass, this.leastClassOf(member))) this.#belowLeast.add(fingerprint);
    }
  }

  #parse(
    der: Buffer,
    parsed: CertificatesByFingerprint,
    part: "seals" | "trust-services",
    place: string,
  ): Certificate {
    const fingerprint = toBase64Url(sha256(der));
    const known = this.#certificates.get(fingerprint) ?? parsed.get(fingerprint);
    const certificate = known ?? parseNamed(der, part, place);
    this.#certificates.set(fingerprint, certificate);
    return certificate;
  }
}

/**
 * The state at a time by a history with dates.
 * @param time milliseconds since the epoch
 * @returns `unknown` before the first entry
 */
export function stateAt(history: readonly StateSince[], time: number): StateSince["state"] | "unknown" {
  for (let i = history.length - 1; i >= 0; i--) {
    if (history[i]!.from <= time) return history[i]!.state;
  }
  return "unknown";
}

function parseNamed(der: Buffer, part: "seals" | "trust-services", place: string): Certificate {
  try {
    return parseCertificate(der);
  } catch (cause) {
    throw new DocumentError(partPath(part), place, (cause as Error).message, { cause });
  }
}

function refused(part: "seals" | "trust-services", place: string, problem: string): DocumentError {
  return new DocumentError(partPath(part), place, problem);
}
