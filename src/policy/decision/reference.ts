import type { Agreement } from "../agreement.ts";
import type { Facts } from "./facts.ts";

/** A document that a rule looked at: by name and digest, never what it or a person says. */
export interface Reference {
  readonly kind: "agreement" | "description" | "permission" | "purpose" | "restriction";
  readonly id: string;
  /** Of a description its version. */
  readonly revision: number | string;
  /** base64url SHA-256. */
  readonly sha256: string;
}

/** What one trace tells of one kind. */
const mostTold = 20;

/** The agreements that the rules before have left. */
export function agreementsOf(_facts: Facts, agreements: readonly Agreement[]): readonly Reference[] {
  return agreements
    .slice(0, mostTold)
    .map(({ id, revision, sha256 }) => ({ kind: "agreement", id, revision, sha256 }));
}

/** The purpose of the call, where it has one. */
export function purposeOfCall({ purpose }: Facts): readonly Reference[] {
  if (purpose === "unknown" || purpose === null) return [];
  const { id, revision, sha256 } = purpose;
  return [{ kind: "purpose", id, revision, sha256 }];
}

/** Those agreements, and the purpose of the call. */
export function agreementsAndPurpose(facts: Facts, agreements: readonly Agreement[]): readonly Reference[] {
  return [...agreementsOf(facts, agreements), ...purposeOfCall(facts)];
}

/** Everything that says what of an answer is disclosed. */
export function groundsOf(facts: Facts, agreements: readonly Agreement[]): readonly Reference[] {
  const { answers } = facts;
  if (answers === "unknown") return agreementsAndPurpose(facts, agreements);
  const { id, version: revision, sha256 } = answers.description;
  return [...agreementsAndPurpose(facts, agreements), { kind: "description", id, revision, sha256 }];
}
