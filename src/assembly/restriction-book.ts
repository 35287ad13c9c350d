import { sha256Base64Url } from "../core/bytes.ts";
import type { Clock } from "../core/clock.ts";
import { SealwayError } from "../core/errors.ts";
import type { MemberId } from "../core/ids.ts";
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
import { judgeAct } from "../policy/restrictions/judge-act.ts";
import type { CoverableExchange, Restriction } from "../policy/restrictions/restriction.ts";
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

  async #take(signed: Buffer, sender: MemberId): Promise<Restriction> {
    const { clock, log, owner, trust, vault } = this.#parts;
    const { act, certificate } = parseSignedAct(signed);
    const signer = this.#signerOf(certificate);
    const { instance, orderingAuthorities, restrictablePurposes } = trust().configuration.parameters;
    const digest = sha256Base64Url(signed);
    const now = clock.now();
    const law = {
      orderingAuthorities: new Set(
        orderingAuthorities.map(({ member }) => member).filter((member) => member === sender),
      ),
      restrictablePurposes,
    };
    const known = this.#restrictions.get(act.id);
    const judged = judgeAct(act, { law, instance, signer, digest, known, now });
    if (judged.verdict === "refused") throw new DenialError("access_denied", judged.rule, judged.detail);
    const key = await vault.keyFor({ member: owner, retentionClass: keyClass, part: "restriction" }, now);
    await log.keep(actDocument(signed, key, this.readersOf(judged.restriction)));
    this.#acts.set(digest, { act, digest, signed });
    this.#restrictions = this.#restrictions.with(judged.restriction);
    return judged.restriction;
  }

  /** Whose seal the certificate is now. @throws SealwayError `certificate_unknown`, `certificate_…` */
  #signerOf(certificate: Certificate): MemberId {
    const { clock, judge, trust } = this.#parts;
    const now = clock.now();
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
