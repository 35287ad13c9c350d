import type { ServicePurpose } from "../catalogue/description-document.ts";
import { fieldsOf } from "../catalogue/fields-of.ts";
import type { ServiceDescription } from "../catalogue/service-description.ts";
import { covers } from "../catalogue/vocabulary.ts";
import type { ServiceId } from "../core/ids.ts";

/**
 * Whether a service says only yes or no of another one, and that does for a purpose of the other: it has the purpose
 * itself, or answers all elements that the purpose needs.
 */
export function isPredicateFor(
  { document }: Pick<ServiceDescription, "document">,
  full: ServiceId,
  { id, elements }: Pick<ServicePurpose, "id" | "elements">,
): boolean {
  if (document.predicateOf !== full) return false;
  if (document.purposes?.some((purpose) => purpose.id === id) === true) return true;
  const given = document.endpoints
    .flatMap(({ responses = {} }) => Object.entries(responses))
    .filter(([status]) => status.startsWith("2"))
    .flatMap(([, { schema }]) => fieldsOf(schema).flatMap(({ element }) => element ?? []));
  return elements.every((needed) => given.some((element) => covers(element, needed)));
}
