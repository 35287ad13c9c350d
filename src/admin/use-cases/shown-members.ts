import { SealwayError } from "../../core/errors.ts";
import { isInForce } from "../administration/state.ts";
import type { Asked } from "../api/route.ts";
import { reachOf, recordsReached } from "../roles.ts";

/** Whose metadata the caller may see. */
export function seenMembers({ reach, services }: Asked): ReadonlySet<string> {
  return recordsReached(reach, services.owner);
}

/**
 * Whose personal data the caller may see: the members of whom they are data protection officer, and those for which they
 * have a mandate as an auditor.
 * @throws SealwayError `mandate_missing` when there is none
 */
export async function shownMembers({ caller, services, now }: Asked): Promise<ReadonlySet<string>> {
  const { assignments, user } = caller;
  const reached = (role: "auditor" | "data-protection-officer") =>
    recordsReached(reachOf(assignments, [role]), services.owner);
  const audited = reached("auditor");
  const mandated = [...(await services.book.state()).mandates.values()].filter(
    (one) => one.auditor === user.id && audited.has(one.member) && isInForce(one, now),
  );
  const members = new Set([...reached("data-protection-officer"), ...mandated.map(({ member }) => member)]);
  if (members.size === 0) throw new SealwayError("mandate_missing", "no mandate is in force for the caller");
  return members;
}
