import { sha256Base64Url } from "../core/bytes.ts";
import type { Clock } from "../core/clock.ts";
import { SealwayError } from "../core/errors.ts";
import { type ClientId, type MemberId, providerOf } from "../core/ids.ts";
import { InTurn } from "../core/in-turn.ts";
import type { TrustSnapshot } from "../exchange/gateway-services.ts";
import { DenialError } from "../exchange/problem.ts";
import { actDocument, type KeptAct, parseSignedAct, readActs } from "../exchange/restriction-document.ts";
import type { RestrictionsInUse } from "../exchange/restrictions-in-use.ts";
import type { CertificateJudge } from "../message/verify-message.ts";
import type { MessageLog } from "../messagelog/message-record.ts";
import type { LogReader } from "../messagelog/message-store.ts";
import type { KeyVault } from "../messagelog/vault.ts";
import type { Certificate } from "../pki/certificate.ts";
import { checkPurpose } from "../pki/certificate-purpose.ts";
import { type EnvelopeRecipient, parseRecipient } from "../pki/hybrid-envelope.ts";
import { foldActs } from "../policy/restrictions/fold-acts.ts";
import { type ActFacts, judgeAct, withAct } from "../policy/restrictions/judge-act.ts";
import { type CoverableExchange, isInForce, type Restriction } from "../policy/restrictions/restriction.ts";
import type { RestrictionAct } from "../policy/restrictions/restriction-act.ts";
import { Restrictions } from "../policy/restrictions/restrictions.ts";
import { followNodes } from "./follow-nodes.ts";

export interface RestrictionBookParts {
  readonly clock: Clock;
  readonly owner: MemberId;
  readonly log: Pick<MessageLog, "keep">;
  readonly vault: Pick<KeyVault, "keyFor" | "find">;
  readonly judge: Pick<CertificateJudge, "checkChain">;
  trust(): TrustSnapshot;
  /** Opened for a look at the log, and closed behind it. */
  openReader(): Pick<LogReader, "documentsOf" | "close">;
}

const keyClass = "restrictions";

/** The restrictions that this gateway was told of. Each look judges anew which of them are in force. */
export class RestrictionBook implements RestrictionsInUse {
  readonly #parts: RestrictionBookParts;
  readonly #acts = new Map<string, KeptAct>();
  readonly #recipients = new Map<string, EnvelopeRecipient>();
  #restrictions = new Restrictions();
  /** One act after another: each is judged on what the one before left. */
  readonly #turns = new InTurn();
  #endFollowing: (() => Promise<void>) | undefined;

  private constructor(parts: RestrictionBookParts) {
    this.#parts = parts;
  }

  /**
   * Reads what the log has.
   * @param nodes with `several`, what other nodes take is read every few seconds
   * @throws Error when log or vault cannot be read
   */
  static async open(parts: RestrictionBookParts, nodes: "one" | "several"): Promise<RestrictionBook> {
    const book = new RestrictionBook(parts);
    book.#endFollowing = await followNodes(nodes, () => book.#look());
    return book;
  }

  async close(): Promise<void> {
    await this.#endFollowing?.();
  }

  covering(exchange: CoverableExchange, now: number): Restriction | undefined {
    return this.#restrictions.covering(exchange, now);
  }

  names(exchangeId: string, now: number): boolean {
    return this.#restrictions.names(exchangeId, now);
  }

  readersOf({ act }: Restriction): readonly EnvelopeRecipient[] {
    const { orderingAuthorities, supervisoryKey } = this.#parts.trust().configuration.parameters;
    const authority = orderingAuthorities.find(({ member }) => member === act.authority);
    const points = [authority?.encryptionKey, supervisoryKey];
    return points.flatMap((point) => (typeof point === "string" ? [this.#recipient(point)] : []));
  }

  /** Those of an authority, oldest first. */
  of(authority: MemberId): readonly Restriction[] {
    return this.#restrictions.all().filter(({ act }) => act.authority === authority);
  }

  get(id: string): Restriction | undefined {
    return this.#restrictions.get(id);
  }

  /** The signed acts of a restriction, oldest first. */
  signedActs({ acts }: Restriction): readonly Buffer[] {
    return acts.map((digest) => this.#acts.get(digest)!.signed);
  }

  take(signed: Buffer, sender: MemberId): Promise<Restriction> {
    return this.#turns.do(() => this.#take(signed, sender));
  }

  /** The signed acts on those in force that concern a subsystem, each one's oldest first. */
  actsOn(subsystem: ClientId): readonly Buffer[] {
    const now = this.#parts.clock.now();
    return this.#restrictions
      .all()
      .filter((one) => isInForce(one, now) && concerns(one.act, subsystem))
      .flatMap((one) => this.signedActs(one));
  }

  /**
   * Judges acts that another server of a subsystem took, each at the time at which it was made, by the law of today.
   * @returns what of them is new here. @throws SealwayError as `take`; `malformed_statement` for one of another's
   */
  judgeMoved(signed: readonly Buffer[], subsystem: ClientId): readonly KeptAct[] {
    const taken: KeptAct[] = [];
    const now = new Map<string, Restriction>();
    for (const bytes of signed) {
      const { act, certificate } = parseSignedAct(bytes);
      const digest = sha256Base64Url(bytes);
      if (!concerns(act, subsystem))
        throw new SealwayError("malformed_statement", "restriction: it is of another's");
      if (this.#acts.has(digest)) continue;
      const known = now.get(act.id) ?? this.#restrictions.get(act.id);
      const signer = this.#signerOf(certificate, act.time);
      now.set(act.id, this.#judged(act, { signer, digest, known, now: act.time }));
      taken.push({ act, digest, signed: bytes });
    }
    return taken;
  }

  /** Keeps acts that were judged. @throws SealwayError `log_unavailable` */
  keepMoved(taken: readonly KeptAct[]): Promise<void> {
    return this.#turns.do(async () => {
      for (const kept of taken) {
        const known = this.#restrictions.get(kept.act.id);
        if (!this.#acts.has(kept.digest)) await this.#keep(kept, withAct(known, kept.act, kept.digest));
      }
    });
  }

  async #take(signed: Buffer, sender: MemberId): Promise<Restriction> {
    const { act, certificate } = parseSignedAct(signed);
    const now = this.#parts.clock.now();
    const digest = sha256Base64Url(signed);
    const signer = this.#signerOf(certificate, now);
    const known = this.#restrictions.get(act.id);
    const restriction = this.#judged(act, { signer, digest, known, now }, sender);
    await this.#keep({ act, digest, signed }, restriction);
    return restriction;
  }

  /** @param sender from whom it comes, where that is who must order. @throws DenialError naming the rule */
  #judged(
    act: RestrictionAct,
    facts: Omit<ActFacts, "instance" | "law">,
    sender: MemberId = facts.signer,
  ): Restriction {
    const { instance, orderingAuthorities, restrictablePurposes } =
      this.#parts.trust().configuration.parameters;
    const members = orderingAuthorities.map(({ member }) => member).filter((member) => member === sender);
    const law = { orderingAuthorities: new Set(members), restrictablePurposes };
    const judged = judgeAct(act, { ...facts, instance, law });
    if (judged.verdict === "refused") throw new DenialError("access_denied", judged.rule, judged.detail);
    return judged.restriction;
  }

  async #keep(kept: KeptAct, restriction: Restriction): Promise<void> {
    const { clock, log, owner, vault } = this.#parts;
    const purpose = { member: owner, retentionClass: keyClass, part: "restriction" } as const;
    const key = await vault.keyFor(purpose, clock.now());
    await log.keep(actDocument(kept.signed, key, this.readersOf(restriction)));
    this.#acts.set(kept.digest, kept);
    this.#restrictions = this.#restrictions.with(restriction);
  }

  /** Whose seal the certificate was at a time. @throws SealwayError `certificate_unknown`, `certificate_…` */
  #signerOf(certificate: Certificate, now: number): MemberId {
    const { judge, trust } = this.#parts;
    const seal = trust().directory.seal(certificate.fingerprint, now);
    if (seal === undefined)
      throw new SealwayError("certificate_unknown", "the act is signed by no seal that is registered");
    checkPurpose(certificate, "seal");
    judge.checkChain(certificate, seal.issuer, now);
    return seal.member;
  }

  async #look(): Promise<void> {
    const reader = this.#parts.openReader();
    try {
      for (const kept of await readActs(reader, this.#parts.vault)) this.#acts.set(kept.digest, kept);
    } finally {
      reader.close();
    }
    this.#restrictions = foldActs(this.#acts.values());
  }

  #recipient(point: string): EnvelopeRecipient {
    let recipient = this.#recipients.get(point);
    if (recipient === undefined) {
      recipient = parseRecipient(point);
      this.#recipients.set(point, recipient);
    }
    return recipient;
  }
}

function concerns({ covers: { consumer, service } }: RestrictionAct, subsystem: ClientId): boolean {
  return consumer === subsystem || providerOf(service) === subsystem;
}
