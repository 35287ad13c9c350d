import type { ClientId } from "../../core/ids.ts";
import type { AgreementUseRow, AgreementUsesQuestion } from "../../messagelog/desk/agreement-uses.ts";
import type { ExchangePart } from "../../messagelog/desk/find-parts.ts";
import type { PackedEvidence } from "../../messagelog/desk/pack-evidence.ts";
import type { Disclosure } from "../../messagelog/evidence/evidence-package-collect.ts";

/** One exchange, and what a package of it shall show. */
export interface WantedEvidence {
  readonly exchangeId: string;
  readonly disclosure: Disclosure;
}

/** What parties may ask of this server's log; it answers beside the traffic. */
export interface EvidenceDesk {
  /** This server's sides of an exchange; none for an unknown id. @throws SealwayError `log_unavailable` */
  parts(exchangeId: string): Promise<readonly ExchangePart[]>;
  /**
   * The subsystem's own exchanges of a query id, the newest ones, oldest first.
   * @param queryId one that may stand in clear
   * @throws SealwayError `log_unavailable`, `overloaded`
   */
  ofQueryId(subsystem: ClientId, queryId: string): Promise<readonly string[]>;
  /** The newest exchanges by each agreement, restricted ones among them. @throws SealwayError `log_unavailable` */
  agreementUses(question: AgreementUsesQuestion): Promise<readonly (readonly AgreementUseRow[])[]>;
  /** One package, or a zip of several. @throws SealwayError `log_unavailable` */
  pack(wanted: readonly WantedEvidence[]): Promise<PackedEvidence>;
}
