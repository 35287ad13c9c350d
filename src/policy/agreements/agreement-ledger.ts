import { asSealwayError, SealwayError } from "../../core/errors.ts";
import { type MemberId, memberOf } from "../../core/ids.ts";
import type { Agreement } from "../agreement.ts";
import type { AgreementAct, AgreementSide } from "./agreement-act.ts";
import {
  type AgreementHistory,
  afterAgreementAct,
  type Proposal,
  type ProvenAgreementAct,
} from "./agreement-history.ts";
import { agreementsAfter } from "./agreement-standing.ts";

/** An act whose signer was judged. */
export type KeptAgreementAct = Pick<ProvenAgreementAct, "act" | "sha256">;

/** What became of an act at the other side, as `agreement-receipt.ts` signs it. */
export interface KeptReceipt {
  readonly act: string;
  readonly agreement: string;
  readonly by: AgreementSide;
  readonly outcome: "taken" | "refused";
  readonly code: string | null;
  readonly time: number;
  /** SHA-256 (base64url) of the receipt itself. */
  readonly sha256: string;
}

/** Which sides of an agreement are served here: where both are, there is nobody to tell. */
export type ServedSides = AgreementSide | "both";

/** One agreement as this side knows it. */
interface Entry {
  /** After the acts that count on both sides. */
  settled: AgreementHistory | undefined;
  /** Their digests, oldest first. */
  readonly chain: string[];
  /** Acts of this side, the consumer's, that the provider has not taken yet, in their order. */
  pending: readonly KeptAgreementAct[];
  /** Acts of this side, the provider's, of which the other side has not said that it has them. */
  readonly untold: Set<string>;
}

/** What became of acts, by act and side. */
type Receipts = { [Side in AgreementSide]?: KeptReceipt };

/**
 * All agreements that are made by acts, as one gateway knows them. The provider's side puts the acts in order: what it
 * took counts on both sides; what the consumer makes waits for that, and what of it came too late counts nowhere. So
 * the two cannot differ for longer than a message takes.
 */
export class AgreementLedger {
  readonly #servedSides: (act: Pick<AgreementAct, "consumer" | "service">) => ServedSides;
  readonly #entries = new Map<string, Entry>();
  readonly #receipts = new Map<string, Receipts>();
  /** Agreements with something that the other side must be told. */
  readonly #waiting = new Set<string>();
  /** Agreements of which somebody proposes terms. */
  readonly #proposed = new Set<string>();

  constructor(servedSides: (act: Pick<AgreementAct, "consumer" | "service">) => ServedSides) {
    this.#servedSides = servedSides;
  }

  /** After what counts on both sides. */
  settled(id: string): AgreementHistory | undefined {
    return this.#entries.get(id)?.settled;
  }

  /** As this side sees it: with what it has made and the other side has not taken yet. */
  view(id: string): AgreementHistory | undefined {
    const entry = this.#entries.get(id);
    return entry?.pending.reduce(
      (history, one) => afterAgreementAct(history, this.#proven(one)),
      entry.settled as AgreementHistory | undefined,
    );
  }

  *ids(): Generator<string> {
    yield* this.#entries.keys();
  }

  /** Digests of the acts that count, and behind them of those that wait. */
  acts(id: string): { readonly settled: readonly string[]; readonly pending: readonly string[] } {
    const { chain = [], pending = [] } = this.#entries.get(id) ?? {};
    return { settled: chain, pending: pending.map(({ sha256 }) => sha256) };
  }

  receiptsOf(act: string): Receipts {
    return this.#receipts.get(act) ?? {};
  }

  /** Agreements of which the other side must be told something. */
  get waiting(): ReadonlySet<string> {
    return this.#waiting;
  }

  /** What somebody proposes and nobody has answered yet. */
  *proposed(): Generator<AgreementHistory & { readonly proposal: Proposal }> {
    for (const id of this.#proposed) {
      const history = this.settled(id);
      if (history?.proposal != null) yield { ...history, proposal: history.proposal };
    }
  }

  /** How many agreements a member has asked for, of which nothing is in force yet. */
  openRequestsOf(member: MemberId): number {
    let count = 0;
    for (const { consumer, inForce } of this.proposed())
      if (inForce === null && memberOf(consumer) === member) count++;
    return count;
  }

  /** How many of the agreements that a member has asked for were over before anything was in force. */
  vainRequestsOf(member: MemberId): number {
    let count = 0;
    for (const { settled } of this.#entries.values()) {
      if (settled === undefined || settled.inForce !== null || memberOf(settled.consumer) !== member)
        continue;
      if (settled.state === "ended" || settled.state === "declined") count++;
    }
    return count;
  }

  /** The acts of this agreement that the other side must be told, oldest first. */
  untold(id: string): readonly string[] {
    const entry = this.#entries.get(id);
    return entry === undefined ? [] : [...entry.untold, ...entry.pending.map(({ sha256 }) => sha256)];
  }

  /** On what calls may rely: what counts on both sides, less what this side has suspended already. */
  agreements(id: string): readonly Agreement[] {
    const settled = this.settled(id);
    if (settled === undefined) return [];
    const { suspended } = this.view(id) ?? settled;
    return agreementsAfter({ ...settled, suspended });
  }

  /**
   * Whether an act would be taken.
   * @throws SealwayError as `afterAgreementAct`
   */
  check(kept: KeptAgreementAct, mode: "own" | "of the other side"): void {
    const { agreement } = kept.act;
    afterAgreementAct(mode === "own" ? this.view(agreement) : this.settled(agreement), this.#proven(kept));
  }

  /** Takes what became of an act; in any order with the act. */
  noteReceipt(receipt: KeptReceipt): void {
    const { act, agreement, by } = receipt;
    const known = this.#receipts.get(act) ?? {};
    // The first one counts: a second one cannot move a deadline.
    if (known[by] !== undefined) return;
    this.#receipts.set(act, { ...known, [by]: receipt });
    const entry = this.#entries.get(agreement);
    if (entry === undefined) return;
    if (by === "consumer" && receipt.outcome === "taken") entry.untold.delete(act);
    const waiting = entry.pending.find(({ sha256 }) => sha256 === act);
    if (waiting !== undefined) {
      entry.pending = entry.pending.filter((one) => one !== waiting);
      if (receipt.outcome === "taken") this.#settleIfItFollows(entry, waiting);
      this.#dropOvertaken(entry);
    }
    this.#noteWaiting(agreement, entry);
  }

  /**
   * Takes an act of the log: the first that follows the newest one counts.
   * @returns why it has no effect, if it has none
   */
  noteAct(kept: KeptAgreementAct): SealwayError | undefined {
    const { act, sha256 } = kept;
    const entry = this.#entries.get(act.agreement) ?? {
      ...{ settled: undefined, chain: [], pending: [], untold: new Set<string>() },
    };
    if (entry.chain.includes(sha256) || entry.pending.some((one) => one.sha256 === sha256)) return undefined;
    if (this.receiptsOf(sha256).consumer?.outcome === "refused")
      return new SealwayError("act_refused", "the other side refused it");
    try {
      if (this.#isSettled(kept)) this.#settle(entry, kept);
      else {
        this.check(kept, "own");
        entry.pending = [...entry.pending, kept];
      }
    } catch (error) {
      return asSealwayError(error);
    }
    this.#entries.set(act.agreement, entry);
    this.#noteWaiting(act.agreement, entry);
    return undefined;
  }

  #proven({ act, sha256 }: KeptAgreementAct): ProvenAgreementAct {
    return { act, sha256, received: this.receiptsOf(sha256).provider?.time ?? null };
  }

  /** What the provider has taken, or made, counts. */
  #isSettled({ act, sha256 }: KeptAgreementAct): boolean {
    if (this.#servedSides(act) !== "consumer" || act.by === "provider") return true;
    return this.receiptsOf(sha256).provider !== undefined;
  }

  #settle(entry: Entry, kept: KeptAgreementAct): void {
    const { act, sha256 } = kept;
    entry.settled = afterAgreementAct(entry.settled, this.#proven(kept));
    entry.chain.push(sha256);
    const isOurs = act.by === "provider" && this.#servedSides(act) === "provider";
    if (isOurs && this.receiptsOf(sha256).consumer === undefined) entry.untold.add(sha256);
    this.#dropOvertaken(entry);
  }

  /** A provider that takes an act after it handed on another one in its place contradicts itself: the first one counts. */
  #settleIfItFollows(entry: Entry, kept: KeptAgreementAct): void {
    if (kept.act.previous === (entry.settled?.head ?? null)) this.#settle(entry, kept);
  }

  /** An act of ours that another one was taken before counts nowhere, nor does what follows it. */
  #dropOvertaken(entry: Entry): void {
    const left: KeptAgreementAct[] = [];
    let history = entry.settled;
    for (const one of entry.pending) {
      try {
        history = afterAgreementAct(history, this.#proven(one));
        left.push(one);
      } catch {
        break;
      }
    }
    entry.pending = left;
  }

  #noteWaiting(id: string, { pending, settled, untold }: Entry): void {
    const isOpen = settled?.state === "requested" || settled?.state === "change-requested";
    if (isOpen) this.#proposed.add(id);
    else this.#proposed.delete(id);
    if (pending.length + untold.size > 0) this.#waiting.add(id);
    else this.#waiting.delete(id);
  }
}
