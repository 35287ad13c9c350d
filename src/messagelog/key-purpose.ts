import type { MemberId } from "../core/ids.ts";

/** What of a record a key is for. A key of `hold` encrypts what the order for a legal hold names. */
export type KeyPart = "head" | "body" | "tags" | "hold";

/** What a data key is for: one for each member, retention class, part of the record, and day or quarter. */
export interface KeyPurpose {
  readonly member: MemberId;
  readonly retentionClass: string;
  readonly part: KeyPart;
  /** The legal hold under which the records stand that were encrypted anew with this key. */
  readonly hold?: string;
}

/** A purpose as one text. */
export function purposeName({ member, retentionClass, part, hold }: KeyPurpose): string {
  const name = `${member}\0${retentionClass}\0${part}`;
  return hold === undefined ? name : `${name}\0${hold}`;
}

export const dayLength = 24 * 60 * 60 * 1000;

interface Span {
  /** The beginning of the span in which a time lies, milliseconds. */
  start(time: number): number;
  /** The first moment after the span that begins at `start`. */
  end(start: number): number;
}

const days: Span = { start: (time) => time - (time % dayLength), end: (start) => start + dayLength };

const quarters: Span = {
  start: (time) => quarter(time, 0),
  end: (start) => quarter(start, 3),
};

/** How long a key is used for new records: a UTC day, or for search tags a quarter of a year. */
export const keySpans: Readonly<Record<KeyPart, Span>> = {
  head: days,
  body: days,
  tags: quarters,
  hold: days,
};

function quarter(time: number, further: number): number {
  const date = new Date(time);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - (date.getUTCMonth() % 3) + further);
}
