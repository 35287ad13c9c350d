import { type Agreement, type CertifiedAttributes, isUnsuspended } from "../agreement.ts";

/**
 * What the consumer is told of the agreements at which a rule stopped its call: it is a party to each of them.
 * @param agreements those that the rules before had left
 * @param now milliseconds @param certified as `isUnsuspended`
 * @returns an empty text where there is nothing to tell
 */
export function agreementHint(
  rule: string,
  agreements: readonly Agreement[],
  now: number,
  certified?: CertifiedAttributes,
): string {
  if (rule === "agreement.named") {
    const current = agreements.map(({ id, revision, sha256 }) => `${id} revision ${revision}, ${sha256}`);
    return `; in force: ${current.join("; ")}`;
  }
  if (rule !== "agreement.suspended") return "";
  return `; ${agreements.map((one) => `${one.id} is suspended by ${suspenders(one, now, certified).join(" and ")}`).join("; ")}`;
}

function suspenders(
  { conditions = [], standing }: Agreement,
  now: number,
  certified: CertifiedAttributes | undefined,
): readonly string[] {
  const suspendedBy = standing?.suspendedBy ?? [];
  const parties = suspendedBy.map((party) => `the ${party}`);
  const unsuspended = standing && { standing: { ...standing, suspendedBy: [] } };
  return isUnsuspended({ conditions, ...unsuspended }, now, certified)
    ? parties
    : [...parties, "a condition that the consumer does not meet"];
}
