import type { Agreement } from "../agreement.ts";

/**
 * What the consumer is told of the agreements at which a rule stopped its call: it is a party to each of them.
 * @param agreements those that the rules before had left
 * @param now milliseconds
 * @returns an empty text where there is nothing to tell
 */
export function agreementHint(rule: string, agreements: readonly Agreement[], now: number): string {
  if (rule === "agreement.named") {
    const current = agreements.map(({ id, revision, sha256 }) => `${id} revision ${revision}, ${sha256}`);
    return `; in force: ${current.join("; ")}`;
  }
  if (rule !== "agreement.suspended") return "";
  return `; ${agreements.map((one) => `${one.id} is suspended by ${suspenders(one, now).join(" and ")}`).join("; ")}`;
}

function suspenders({ standing }: Agreement, now: number): readonly string[] {
  const { conditionsUntil = 0, suspendedBy = [] } = standing ?? {};
  const parties = suspendedBy.map((party) => `the ${party}`);
  return now < conditionsUntil ? parties : [...parties, "a condition that the consumer does not meet"];
}
