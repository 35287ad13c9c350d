import type { Agreement } from "../agreement.ts";
import { type Disclosure, disclosureOf, disclosureOfMessage } from "../disclosure.ts";
import type { Permission } from "../permissions/permission.ts";
import type { KnownFacts } from "./facts.ts";

/** Whether an agreement is for the purpose of the call: for any, where it names none. */
export function grantsPurpose({ purposes }: Agreement, { purpose }: KnownFacts<"purpose">): boolean {
  if (purposes === null) return true;
  if (purpose === null) return false;
  return purposes.some(
    ({ id, revision = purpose.revision }) => id === purpose.id && revision === purpose.revision,
  );
}

/** Whether an agreement is the one that the consumer signed for, in id, revision and bytes. */
export function isNamed({ id, revision, sha256 }: Agreement, { named }: KnownFacts<"named">): boolean {
  return named === null || (named.sha256 === sha256 && named.id === id && named.revision === revision);
}

type DisclosureFacts = KnownFacts<"purpose" | "answers">;

/** Signed content is whole or not at all; what nobody described cannot be told to be whole. */
export function needsNoCut(agreement: Agreement, facts: DisclosureFacts, permission?: Permission): boolean {
  if (facts.answers.description.contentKind !== "signed") return true;
  const disclosures = disclosed({ agreement, permission }, facts, ["undescribed"]);
  return disclosures.every(({ removed }) => removed.length === 0);
}

/** What nothing would be left of is not asked for, and not sent. */
export function leavesSomething(
  agreement: Agreement,
  facts: DisclosureFacts,
  permission?: Permission,
): boolean {
  if (facts.answers.description.contentKind !== "json") return true;
  const disclosures = disclosed({ agreement, permission }, facts, []);
  return disclosures.length === 0 || disclosures.some(({ kept }) => kept !== undefined);
}

/**
 * What a call discloses: in its successful answers or, of a message, in the request.
 * @param undescribed the statuses of an endpoint that describes no success
 */
function disclosed(
  { agreement, permission = null }: { agreement: Agreement; permission: Permission | undefined | null },
  { purpose, answers }: DisclosureFacts,
  undescribed: readonly string[],
): readonly Disclosure[] {
  const { description, endpoint, withdrawnFields } = answers;
  const grounds = { agreement, purpose, permission, withdrawnFields };
  if (description.document.pattern === "message")
    return [disclosureOfMessage(description, endpoint, { ...grounds, withdrawnFields: [] })];
  const { successes } = endpoint;
  return (successes.length === 0 ? undescribed : successes).map((status) =>
    disclosureOf(description, endpoint, status, grounds),
  );
}
