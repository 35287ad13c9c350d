import type { OrderedAct } from "./ordered-act.ts";
import type { OfficerKey } from "./registration-desk.ts";

/** What two officers of the server allow: that a version's answers which break their schema are delivered for a while. */
export interface Observation {
  readonly service: string;
  readonly version: string;
  readonly reason: string;
  /** Milliseconds. */
  readonly until: number;
}

/** Signed by two officers, one after the other; the authority judges who they are. @throws SealwayError as it is told */
export interface ObservationDesk {
  /** @returns what the first one signed, compact JWS, for the second */
  begin(officer: OfficerKey, observation: Observation): Promise<string>;
  /** @param record anybody's */
  read(record: string): Observation;
  confirm(officer: OfficerKey, record: string): Promise<OrderedAct>;
}
