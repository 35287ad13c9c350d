import { canonicalJson, type Json } from "../../core/canonical-json.ts";
import { memberOf, providerOf } from "../../core/ids.ts";
import { readPermission } from "../../policy/permissions/permission.ts";
import type { CheckedTerms } from "./asked-terms.ts";
import type { HeldPermission, PermissionBook } from "./permission-book.ts";

/** Open requests of one consumer to one person that are looked at. */
const mostOpen = 50;

/** What makes two requests the same. */
const compared = ["service", "purpose", "elements", "fields", "limits"] as const;

/**
 * The request that a consumer has open for the same: who asks twice has asked once, so that nobody floods a person.
 * @param now milliseconds
 */
export async function openRequest(
  book: PermissionBook,
  { person, terms }: CheckedTerms,
  now: number,
): Promise<HeldPermission | undefined> {
  const { consumer, service } = terms;
  const provider = providerOf(service);
  const tag = await book.tagOf(memberOf(service), person);
  const listing = { provider, person: tag, consumer, state: "requested", limit: mostOpen };
  const found = (await book.store.list(listing)).find(({ document }) => {
    const open = readPermission(document);
    return open.validity.to > now && compared.every((name) => isSame(open[name], terms[name]));
  });
  return found && book.held(found.id);
}

function isSame(one: unknown, other: unknown): boolean {
  return canonicalJson(one as Json) === canonicalJson(other as Json);
}
