import type { MemberId } from "../core/ids.ts";

/**
 * What of a record a key is for. A key of `hold` encrypts what the order for a legal hold names; one of `sealed-tags` makes
 * the search tags of restricted records, and one of `restriction` encrypts what a server must know of restrictions.
 * The tags of persons who gave permissions are made with one of `permission-tags`, what names them is encrypted with one
 * of `permission`: neither has an end of its own.
 */
export type KeyPart =
  | "head"
  | "body"
  | "tags"
  | "sealed-tags"
  | "hold"
  | "restriction"
  | "permission"
  | "permission-tags";

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

const forEver: Span = { start: () => 0, end: () => Number.POSITIVE_INFINITY };

/** Used for a quarter, and kept until somebody ends it. */
const quartersKept: Span = { start: quarters.start, end: forEver.end };

/** Parts of whose keys there is one for each span, whichever node made it: all have to find a person under the same tag. */
export const singleKeyParts: ReadonlySet<KeyPart> = new Set<KeyPart>([
  "permission-tags",
  "tags",
  "sealed-tags",
]);

/** How long a key is used for new records: a UTC day, or for search tags a quarter of a year. */
export const keySpans: Readonly<Record<KeyPart, Span>> = {
  head: days,
  body: days,
  tags: quarters,
  "sealed-tags": quarters,
  hold: days,
  restriction: quartersKept,
  permission: quartersKept,
  "permission-tags": forEver,
};

function quarter(time: number, further: number): number {
  const date = new Date(time);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - (date.getUTCMonth() % 3) + further);
}
