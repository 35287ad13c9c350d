import { fromBase64Url } from "../core/bytes.ts";
import { SealwayError } from "../core/errors.ts";

/**
 * A place in a person's list. It says nothing that the entry beside it does not say: where records stand in the log would
 * tell of others between them.
 */
export interface ListPlace {
  /** Milliseconds. */
  readonly time: number;
  /** What no two entries of one moment share. */
  readonly tie: string;
}

/** Negative when `a` comes first: the newer one does. */
export function comparePlaces(a: ListPlace, b: ListPlace): number {
  if (a.time !== b.time) return b.time - a.time;
  return a.tie < b.tie ? 1 : a.tie > b.tie ? -1 : 0;
}

/** A place as opaque text. */
export function serializePlace({ time, tie }: ListPlace): string {
  return Buffer.from(JSON.stringify([time, tie])).toString("base64url");
}

const mostCharacters = 256;

/** @param text an attacker's choice: whoever makes one up starts somewhere else in a list that he may read @throws SealwayError `invalid_parameter` */
export function parsePlace(text: string): ListPlace {
  const [time, tie, ...more] = parts(text);
  if (typeof time === "number" && Number.isSafeInteger(time) && typeof tie === "string" && more.length === 0)
    return { time, tie };
  throw new SealwayError("invalid_parameter", "the cursor is none");
}

function parts(text: string): readonly unknown[] {
  const bytes = text.length > mostCharacters ? undefined : fromBase64Url(text);
  try {
    const json: unknown = JSON.parse(bytes?.toString("utf8") ?? "");
    return Array.isArray(json) ? json : [];
  } catch {
    return [];
  }
}
