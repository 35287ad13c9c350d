import type { ServiceDescription } from "../../catalogue/service-description.ts";
import { isEntitled } from "../../catalogue/visibility.ts";
import type { Agreement } from "../agreement.ts";
import { purposeOf } from "../purpose.ts";
import type { ByLaw } from "./agreement-act.ts";

/**
 * The law that orders what an agreement is to grant, as the description says: the consumer is entitled, and each purpose
 * is one for which the law gives it the data. The longest of their deadlines counts.
 * @returns null where the provider may refuse
 */
export function byLawOf({ consumer, purposes }: Agreement, description: ServiceDescription): ByLaw | null {
  if (purposes === null || !isEntitled(description.document, consumer)) return null;
  let longest: ByLaw | null = null;
  for (const { id } of purposes) {
    const byLaw = purposeOf(description, id)?.byLaw;
    if (byLaw === undefined) return null;
    if (longest === null || byLaw.withinDays > longest.withinDays) longest = byLaw;
  }
  return longest;
}
