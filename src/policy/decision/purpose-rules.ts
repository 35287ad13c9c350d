import type { KnownFacts } from "./facts.ts";

/**
 * Whether the call names a purpose, where one of the service's needs a permission: who names none would need none, and
 * be given what persons are asked for.
 */
export function isNamedWhereItMatters({ purpose, answers }: KnownFacts<"purpose" | "answers">): boolean {
  const { purposes = [] } = answers.description.document;
  return purpose !== null || purposes.every(({ permission }) => permission === undefined);
}

/** Whether the purpose has not ended yet. */
export function isInForce({ purpose, now }: KnownFacts<"purpose">): boolean {
  return purpose === null || now < purpose.ends;
}

/** Whether the consumer signed for the very basis on which the purpose rests. */
export function isOnItsBasis({ purpose, lawfulBasis }: KnownFacts<"purpose" | "lawfulBasis">): boolean {
  const expected = purpose?.recordedBasis ?? null;
  if (expected === null || lawfulBasis === null) return expected === lawfulBasis;
  return expected.basis === lawfulBasis.basis && expected.provision === lawfulBasis.provision;
}

/** Whether the answer is for a use that the purpose allows: for any, where it lists none. */
export function allowsUse({ purpose, decisionUse }: KnownFacts<"purpose" | "decisionUse">): boolean {
  const allowed = purpose?.decisionUses;
  return allowed === undefined || allowed.some((use) => use === decisionUse);
}
