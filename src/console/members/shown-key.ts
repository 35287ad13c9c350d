import { withQuery } from "../link.ts";
import { routeOf } from "../route-of.ts";
import type { Visit } from "../visit.ts";
import { fill } from "../words/word-book.ts";
import { membersWords } from "./words.ts";

/** As the management API shows a key of a member or of the server. */
export interface ShownKey {
  readonly slot: string;
  readonly name: string;
  readonly state: string;
  readonly ends: string | null;
  readonly ocsp: string | null;
  readonly fingerprint: string | null;
  readonly class: string | null;
}

const listKeys = routeOf("GET /keys");

export async function keysOf(visit: Visit): Promise<readonly ShownKey[]> {
  return (await visit.ask<{ readonly keys: readonly ShownKey[] }>(listKeys)).body.keys;
}

/** What a key is for, in words. */
export function slotText(visit: Visit, slot: string): string {
  const words = visit.words(membersWords).members;
  return slot === "tls" ? words.tls : fill(words.seal, { member: slot.slice("seal ".length) });
}

/** The page of a key: its names stand in the query, as a member's name has slashes. */
export function keyAddress({ slot, name }: Pick<ShownKey, "slot" | "name">): string {
  return withQuery("/members/key", { slot, name });
}
