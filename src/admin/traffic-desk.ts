/** What the server did in a part of a time. Durations are milliseconds, null where there was nothing to measure. */
export interface TrafficPoint {
  /** When the part began, milliseconds. */
  readonly time: number;
  readonly answered: number;
  readonly refused: number;
  readonly failed: number;
  readonly median: number | null;
  /** 95 of 100 took no longer. */
  readonly slow: number | null;
}

/** Exchanges without an answer, by why. */
export interface TrafficCode {
  readonly code: string;
  readonly role: "consumer" | "provider";
  readonly count: number;
}

/** How exchanges with another server went. Times are milliseconds. */
export interface TrafficPeer {
  readonly server: string;
  readonly answered: number;
  readonly refused: number;
  readonly failed: number;
  readonly last: number;
  readonly lastFailure: number | null;
  readonly lastFailureCode: string | null;
}

export interface Traffic {
  readonly points: readonly TrafficPoint[];
  readonly codes: readonly TrafficCode[];
  readonly peers: readonly TrafficPeer[];
}

/** The traffic of the running server, by its rows of operational monitoring. */
export interface TrafficDesk {
  /** The last hours, in parts of so many minutes. @param hours at most 24 */
  last(hours: number, minutes: number): Promise<Traffic>;
  /** Counts what came since: now and then, so that whoever asks does not wait for much of it. */
  look(): Promise<void>;
}
