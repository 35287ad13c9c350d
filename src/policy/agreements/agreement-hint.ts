import { type Agreement, type AuthorityWord, isUnsuspended, stopKey } from "../agreement.ts";

/**
 * What the consumer is told of the agreements at which a rule stopped its call: it is a party to each of them.
 * @param agreements those that the rules before had left
 * @param now milliseconds @param word as `isUnsuspended`
 * @returns an empty text where there is nothing to tell
 */
export function agreementHint(
  rule: string,
  agreements: readonly Agreement[],
  now: number,
  word: AuthorityWord,
): string {
  if (rule === "agreement.named") {
    const current = agreements.map(({ id, revision, sha256 }) => `${id} revision ${revision}, ${sha256}`);
    return `; in force: ${current.join("; ")}`;
  }
  if (rule !== "agreement.suspended") return "";
  return `; ${agreements.map((one) => `${one.id} is suspended by ${suspenders(one, now, word).join(" and ")}`).join("; ")}`;
}

function suspenders(
  agreement: Agreement,
  now: number,
  { certified, stops }: AuthorityWord,
): readonly string[] {
  const { standing } = agreement;
  const parties = (standing?.suspendedBy ?? []).map((party) => `the ${party}`);
  if (stops?.has(stopKey(agreement))) parties.push("the authority");
  const unsuspended = standing && { standing: { ...standing, suspendedBy: [] } };
  return isUnsuspended({ ...agreement, ...unsuspended }, now, { certified })
    ? parties
    : [...parties, "a condition that the consumer does not meet"];
}
