import { providerOf, type ServiceId } from "../../core/ids.ts";
import type { RecordSeal } from "../message-store.ts";
import type { JoinedRow } from "./join-sides.ts";
import type { SealedState } from "./sealed-state.ts";
import type { SearchRow } from "./search-row.ts";

/** One side of an exchange, as a result shows it. Times are RFC 3339 in UTC. */
export interface ResultSide {
  readonly role: SearchRow["role"];
  readonly time: string;
  readonly outcome: SearchRow["outcome"];
  readonly durationMs: number | null;
  readonly request: ResultRecord | null;
  readonly answer: ResultRecord | null;
}

/** A record. Its number is not told: where a restriction hides records, a gap would tell that they are there. */
export interface ResultRecord {
  /** Null while it waits for its time-stamp. */
  readonly sealed: { readonly batch: number; readonly time: string } | null;
}

/** An exchange that was found. */
export interface Result extends ResultSide {
  readonly exchangeId: string;
  readonly queryId: string | null;
  readonly consumer: string | null;
  readonly provider: string | null;
  readonly service: string | null;
  readonly purpose: string | null;
  readonly agreement: string | null;
  readonly decision: string | null;
  readonly code: string | null;
  /** Only when it was sought. */
  readonly status: number | null;
  /** The other side of the same exchange, when it is at hand. */
  readonly other: ResultSide | null;
}

/** Of the log that was searched, and of the one beside it. */
export interface SealedStates {
  readonly own: SealedState;
  readonly beside: SealedState | undefined;
}

export async function resultOf({ row, other }: JoinedRow, states: SealedStates): Promise<Result> {
  const { exchangeId, queryId, consumer, service, purpose, agreement, verdict, code, status } = row;
  return {
    ...{ exchangeId, queryId, consumer, service, purpose, agreement, code },
    ...(await sideOf(row, states.own)),
    provider: service === null ? null : providerOf(service as ServiceId),
    decision: verdict,
    status: status ?? null,
    other: other === undefined ? null : await sideOf(other.row, states[other.log]),
  };
}

async function sideOf(row: SearchRow, states: SealedState | undefined): Promise<ResultSide> {
  return {
    role: row.role,
    time: timeText(row.time),
    outcome: row.outcome,
    durationMs: row.duration,
    request: await recordOf(row.request, states),
    answer: await recordOf(row.answer, states),
  };
}

async function recordOf(
  name: SearchRow["request"],
  states: SealedState | undefined,
): Promise<ResultRecord | null> {
  return name === null ? null : { sealed: sealOf((await states?.of(name)) ?? null) };
}

function sealOf(seal: RecordSeal | null): ResultRecord["sealed"] {
  return seal === null ? null : { batch: seal.batch, time: timeText(seal.time) };
}

export function timeText(time: number): string {
  return new Date(time).toISOString();
}
