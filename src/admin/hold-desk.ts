import type { NamedPerson } from "./permission-desk.ts";

/** What a hold keeps. Times are milliseconds; `to` is null for no end. */
export type HoldScope =
  | { readonly kind: "exchanges"; readonly ids: readonly string[] }
  | ({ readonly kind: "pair"; readonly consumer: string; readonly provider: string } & Period)
  | ({ readonly kind: "subject" } & NamedPerson & Period);

interface Period {
  readonly period: { readonly from: number; readonly to: number | null };
}

export interface WantedHold {
  /** UUIDv7 that it gets. */
  readonly hold: string;
  readonly case: string;
  readonly authority: string;
  /** Milliseconds. */
  readonly review: number;
  readonly scope: HoldScope;
  /** Who placed it, and who confirmed it. */
  readonly by: readonly [string, string];
}

/** A hold; a person in its scope is not named. Times are RFC 3339 in UTC. */
export interface ListedHold {
  readonly hold: string;
  readonly state: string;
  readonly case: string;
  readonly authority: string;
  readonly scope: string;
  readonly records: number;
  readonly placed: string;
  readonly review: string;
  readonly by: readonly string[];
}

/** The legal holds of the server, by its running process. @throws SealwayError as it says */
export interface HoldDesk {
  list(): Promise<readonly ListedHold[]>;
  /** Places a hold; one that has the id already is answered, and none placed anew. */
  place(hold: WantedHold): Promise<{ readonly hold: string; readonly records: number }>;
  /** @returns how many keys were destroyed at once */
  lift(hold: string, reason: string, by: readonly [string, string]): Promise<number>;
}
