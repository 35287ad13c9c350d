import { SealwayError } from "../../core/errors.ts";
import type { ListedKey } from "../admin-services.ts";
import type { Asked, Route } from "../api/route.ts";
import { demanded, line, list, orNull, whole } from "../api/shapes.ts";
import { type Reach, reaches } from "../roles.ts";
import { orderedFor } from "./ordered-for.ts";
import { checkOwn } from "./server.ts";

export const slot = { type: "string", maxLength: 1100, pattern: "^(?:tls|seal [\\x21-\\x7e]+)$" };
const text = { type: "string" };
const shownKey = whole({
  ...{ slot, name: text, state: text, ends: orNull(text) },
  ...{ ocsp: orNull(text), fingerprint: orNull(text), class: orNull(text) },
});

/** The keys that members sign with, and that the server shows. */
export const memberKeyRoutes: readonly Route[] = [
  {
    ...{ method: "GET", path: "/keys", summary: "Keys and certificates, and how they stand" },
    ...{ allowed: ["security-officer", "administrator", "observer"], scope: "members" },
    ...{ audit: "none", personal: "none", people: 1, answer: whole({ keys: list(shownKey) }) },
    run: async ({ services, reach }) => {
      const keys = await services.gateway.keys();
      return { body: { keys: keys.filter((key) => isReached(reach, key)) as never } };
    },
  },
  {
    ...{
      method: "POST",
      path: "/key-choices",
      summary: "Chooses the key that signs, or that the server shows",
    },
    ...{ allowed: ["security-officer"], scope: "members" },
    ...{ audit: "before", personal: "none", people: 1, answer: whole({ slot }) },
    body: demanded({ slot, name: line, reason: line }, ["slot", "name", "reason"]),
    run: choose,
  },
];

/** `seal DEV/GOV/10000001`, or `tls`, which is the server's. */
function memberIn(place: string): string | null {
  return place.startsWith("seal ") ? place.slice("seal ".length) : null;
}

function isReached(reach: Reach, key: ListedKey): boolean {
  const member = memberIn(key.slot);
  return member === null ? reach.server : reaches(reach, member);
}

/**
 * Checks that the caller's roles reach a slot: a host has no hand in what the members sign with that it hosts.
 * @returns the member; null for the server's own
 * @throws SealwayError `nothing_here`
 */
export function checkSlot(asked: Asked, place: string): string | null {
  const member = memberIn(place);
  if (member !== null) checkOwn(asked, member);
  else if (!asked.reach.server) throw new SealwayError("nothing_here", "no such key of the caller's members");
  return member;
}

async function choose(asked: Asked) {
  const { body, services } = asked;
  const [place, name] = [String(body.slot), String(body.name)];
  const member = checkSlot(asked, place);
  await orderedFor(asked, member, [`key ${place}`, name]);
  await services.gateway.chooseKey(place, name);
  return { body: { slot: place } };
}
