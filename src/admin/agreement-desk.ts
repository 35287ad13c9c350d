import type { Json } from "../core/canonical-json.ts";

/** Agreements that are made by acts, one at a time, and what they are used for. @throws SealwayError as the server says */
export interface AgreementDesk {
  /** All that is known of one. @throws SealwayError `not_found` for one that a file states */
  show(agreement: string): Promise<Json>;
  /** @param answers to the questionnaire */
  request(terms: Json, answers: Json): Promise<Json>;
  change(terms: Json, reason: string, as: "consumer" | "provider"): Promise<Json>;
  /** Of this server's members' agreements. @param period milliseconds */
  use(period: { readonly since: number; readonly until: number }): Promise<UsedAgreements>;
}

export interface UsedAgreements {
  /** Milliseconds; null for a log without records. */
  readonly logBegins: number | null;
  readonly agreements: readonly {
    readonly agreement: string;
    readonly consumer: string;
    readonly service: string;
    readonly role: "consumer" | "provider";
    /** Milliseconds. What is not known is null, here and below. */
    readonly knownSince: number | null;
    readonly exchanges: number | null;
    readonly answered: number | null;
    readonly lastUse: number | null;
    readonly neverUsed: boolean | null;
  }[];
}
