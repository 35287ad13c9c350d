import { canonicalJson, type Json } from "../../core/canonical-json.ts";
import { SealwayError } from "../../core/errors.ts";
import { memberOf } from "../../core/ids.ts";
import { partiesOf, readPermission } from "../../policy/permissions/permission.ts";
import type { CheckedTerms } from "./asked-terms.ts";
import type { HeldPermission, PermissionBook } from "./permission-book.ts";

/** Requests of one consumer to one person that are looked at, and those for one recipient that may be open at once. */
const mostLookedAt = 100;
const mostOpen = 20;

/** What makes two requests the same. */
const compared = ["service", "purpose", "elements", "fields", "limits"] as const;

/**
 * The request that is open for the same: who asks twice has asked once, and who asks for ever other terms asks no more, so
 * that nobody floods a person.
 * @param now milliseconds
 * @throws SealwayError `too_many_open`; it depends alone on what was asked for one recipient of the data
 */
export async function openRequest(
  book: PermissionBook,
  { person, terms }: CheckedTerms,
  now: number,
): Promise<HeldPermission | undefined> {
  const { consumer } = terms;
  const { discloser: provider, recipient } = partiesOf(terms);
  const tag = await book.tagOf(memberOf(provider), person);
  const listing = { provider, person: tag, consumer, state: "requested", limit: mostLookedAt };
  const open = (await book.store.list(listing))
    .map(({ document }) => readPermission(document))
    .filter((one) => one.validity.to > now && partiesOf(one).recipient === recipient);
  const found = open.find((one) => compared.every((name) => isSame(one[name], terms[name])));
  if (found === undefined && open.length >= mostOpen)
    throw new SealwayError("too_many_open", `${mostOpen} requests to the person are open`);
  return found && book.held(found.id);
}

function isSame(one: unknown, other: unknown): boolean {
  return canonicalJson(one as Json) === canonicalJson(other as Json);
}
