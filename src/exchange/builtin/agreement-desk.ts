import type { ClientId } from "../../core/ids.ts";

/** Who speaks to whom: the two subsystems between which an agreement is, whoever of them asks. */
export interface AgreementParties {
  /** Authenticated by its signature. */
  readonly asks: ClientId;
  /** Served here. */
  readonly asked: ClientId;
}

/** Acts of an agreement that count, oldest first, with the receipts that there are of them. Compact JWS. */
export interface AgreementPage {
  readonly acts: readonly string[];
  readonly receipts: readonly string[];
  /** How many acts there are before the next page; null at the end. */
  readonly next: number | null;
}

/** What the other side of an agreement may ask of this one. */
export interface AgreementDesk {
  /**
   * Takes an act: once this resolves it is durable, and counts.
   * @param bytes attacker-controlled
   * @returns the signed receipt
   * @throws DenialError, SealwayError why it is not taken
   */
  take(bytes: Buffer, parties: AgreementParties): Promise<Buffer>;
  /**
   * @param after how many acts the other side has
   * @returns undefined where there is no such agreement between these two
   */
  page(id: string, after: number, parties: AgreementParties): Promise<AgreementPage | undefined>;
}
