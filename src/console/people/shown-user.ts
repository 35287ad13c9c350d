import type { Visit } from "../visit.ts";
import { layoutWords } from "../words/layout-words.ts";
import { named } from "../words/word-book.ts";

export interface ShownRole {
  readonly id: string;
  readonly role: string;
  readonly place: string;
}

export interface ShownKey {
  readonly id: string;
  readonly name: string;
  readonly assignments: readonly string[] | null;
  readonly made: string;
  readonly ends: string;
}

/** As the management API shows a user. */
export interface ShownUser {
  readonly id: string;
  readonly name: string;
  readonly place: string;
  readonly enabled: boolean;
  readonly signsIn: boolean;
  readonly roles: readonly ShownRole[];
  readonly keys: readonly ShownKey[];
}

/** A member, or the server itself in words. */
export function placeText(visit: Visit, place: string): string {
  return place === "*" ? visit.words(layoutWords).server : place;
}

export function roleText(visit: Visit, role: string): string {
  return named(visit.words(layoutWords).roles, role);
}

/** Keys that are good for something now. */
export function keysInForce(visit: Visit, keys: readonly ShownKey[]): readonly ShownKey[] {
  const now = visit.services.admin.clock.now();
  return keys.filter(({ ends }) => now < Date.parse(ends));
}
