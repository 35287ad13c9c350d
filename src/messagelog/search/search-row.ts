import type { GuardEntry } from "../message-record.ts";
import type { RecordName } from "../message-store.ts";

/** What became of an exchange, as far as this side knows. */
export const outcomes = ["open", "answered", "refused", "failed"] as const;
export type Outcome = (typeof outcomes)[number];

/**
 * One exchange on one side, as the index holds it: what stands in the clear part of its records, and nothing that
 * depends on the person or on what the answer says.
 */
export interface SearchRow {
  /** Of its first record, milliseconds: the order of every list. */
  readonly time: number;
  readonly exchangeId: string;
  readonly role: GuardEntry["role"];
  readonly outcome: Outcome;
  /** From the request's time to the answer's, milliseconds; null while there is none of both. */
  readonly duration: number | null;
  readonly queryId: string | null;
  /** Whose records they are: the member of this side. */
  readonly member: string;
  /** The consumer's security server. */
  readonly server: string | null;
  readonly consumer: string | null;
  readonly service: string | null;
  /** `id#revision`. */
  readonly purpose: string | null;
  readonly agreement: string | null;
  readonly verdict: string | null;
  readonly code: string | null;
  /** The commitment, base64url. */
  readonly permission: string | null;
  /** Of the persons named, shortened as `shortTag` does. */
  readonly tags: readonly string[];
  readonly request: RecordName | null;
  readonly answer: RecordName | null;
}

/** A place in the order of all rows: by time, then by what no two rows share. */
export interface RowPosition {
  readonly time: number;
  readonly exchangeId: string;
  readonly writer: string;
  readonly number: number;
}

/** The position does not change when the answer arrives. */
export function positionOf({ time, exchangeId, request, answer }: SearchRow): RowPosition {
  const { writer, number } = (request ?? answer)!;
  return { time, exchangeId, writer, number };
}

/** Negative when `a` is older. */
export function comparePositions(a: RowPosition, b: RowPosition): number {
  return (
    a.time - b.time ||
    compareText(a.exchangeId, b.exchangeId) ||
    compareText(a.writer, b.writer) ||
    a.number - b.number
  );
}

export function compareRows(a: SearchRow, b: SearchRow): number {
  return a.time - b.time || comparePositions(positionOf(a), positionOf(b));
}

/** 16 of the 32 bytes of a search tag: enough to find, and half the index. @param tag base64url */
export function shortTag(tag: string): string {
  return Buffer.from(tag, "base64url").subarray(0, 16).toString("base64url");
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
