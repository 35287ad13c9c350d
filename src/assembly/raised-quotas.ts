import { sha256Base64Url } from "../core/bytes.ts";
import type { Clock } from "../core/clock.ts";
import { SealwayError } from "../core/errors.ts";
import type { ServerId } from "../core/ids.ts";
import { InTurn } from "../core/in-turn.ts";
import type { TrustSnapshot } from "../exchange/gateway-services.ts";
import { checkPersons } from "../message/judge-act-seal.ts";
import { parseSignedAct } from "../message/service-act-record.ts";
import type { MessageLog } from "../messagelog/message-record.ts";
import type { LogReader } from "../messagelog/message-store.ts";
import type { Agreements } from "../policy/agreements/agreements.ts";
import type { QuotaRaise } from "../policy/quota-raise.ts";
import { followNodes } from "./follow-nodes.ts";
import { readQuotaRaise } from "./order-quota.ts";

export interface RaisedQuotasParts {
  readonly clock: Clock;
  readonly self: ServerId;
  readonly log: Pick<MessageLog, "keep">;
  readonly agreements: Pick<Agreements, "byId">;
  trust(): TrustSnapshot;
  /** Opened for a look at the log, and closed behind it. */
  openReader(): Pick<LogReader, "documentsOf" | "close">;
}

const kind = "quota-raise";
/** Of those in the log, the newest that are looked at: one holds for a day. */
const mostLookedAt = 1000;

/** Quotas that two officers of the server have raised for a while; each raise is kept in the log. */
export class RaisedQuotas {
  readonly #parts: RaisedQuotasParts;
  /** By agreement. */
  #raises: ReadonlyMap<string, readonly QuotaRaise[]> = new Map();
  /** A look that began before something was kept must not end behind the one that saw it. */
  readonly #looks = new InTurn();
  #endFollowing: (() => Promise<void>) | undefined;

  private constructor(parts: RaisedQuotasParts) {
    this.#parts = parts;
  }

  /**
   * Reads what the log has.
   * @param nodes with `several`, what other nodes take is read every few seconds
   * @throws Error when the log cannot be read
   */
  static async open(parts: RaisedQuotasParts, nodes: "one" | "several"): Promise<RaisedQuotas> {
    const raised = new RaisedQuotas(parts);
    raised.#endFollowing = await followNodes(nodes, () => raised.#look());
    return raised;
  }

  async close(): Promise<void> {
    await this.#endFollowing?.();
  }

  of(agreement: string): readonly QuotaRaise[] {
    return this.#raises.get(agreement) ?? none;
  }

  /**
   * Takes what two officers signed, and keeps it.
   * @throws SealwayError `access_denied` unless two officers of this server signed it, and for an agreement without a quota
   *   at this server; `act_not_fresh` when it does not hold any more; `malformed_statement`, `invalid_signature`
   */
  async take(signed: Buffer): Promise<QuotaRaise> {
    const raise = this.#read(signed);
    const { agreement, until } = raise;
    if (until <= this.#parts.clock.now()) throw new SealwayError("act_not_fresh", "its time is over");
    if (!this.#parts.agreements.byId(agreement).some(({ quota }) => quota !== undefined))
      throw new SealwayError("access_denied", `this server has no agreement ${agreement} with a quota`);
    await this.#parts.log.keep({ kind, sha256: sha256Base64Url(signed), bytes: signed });
    await this.#look();
    return raise;
  }

  /** @throws SealwayError */
  #read(signed: Buffer): QuotaRaise {
    const { self, trust } = this.#parts;
    const raise = readQuotaRaise(signed);
    const { certificate, officers } = parseSignedAct(signed);
    const { configuration, directory } = trust();
    if (raise.instance !== configuration.parameters.instance || raise.server !== self)
      throw new SealwayError("access_denied", `it is for ${raise.server}`);
    const listed = new Set(directory.server(self)?.officers ?? []);
    const signers = [certificate, ...officers];
    if (signers.length !== 2) throw new SealwayError("access_denied", "two officers must sign it");
    checkPersons(signers);
    if (!signers.every(({ fingerprint }) => listed.has(fingerprint)))
      throw new SealwayError("access_denied", "who signed is no officer of this server");
    return raise;
  }

  #look(): Promise<void> {
    return this.#looks.do(() => this.#lookNow());
  }

  /** What is not right in the log is passed over: whatever it is, it raises nothing. */
  async #lookNow(): Promise<void> {
    const reader = this.#parts.openReader();
    try {
      const now = this.#parts.clock.now();
      const documents = await reader.documentsOf(kind, mostLookedAt);
      const raises = documents.flatMap(({ bytes }) => this.#readOrPassOver(bytes));
      this.#raises = Map.groupBy(
        raises.filter(({ until }) => now < until),
        ({ agreement }) => agreement,
      );
    } finally {
      reader.close();
    }
  }

  #readOrPassOver(bytes: Buffer): QuotaRaise[] {
    try {
      return [this.#read(bytes)];
    } catch (error) {
      if (error instanceof SealwayError) return [];
      throw error;
    }
  }
}

const none: readonly QuotaRaise[] = [];
