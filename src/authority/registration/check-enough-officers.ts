import { sha256Base64Url } from "../../core/bytes.ts";
import { SealwayError } from "../../core/errors.ts";
import type { Certificate } from "../../pki/certificate.ts";
import { approvalOf } from "../registry/approval-rules.ts";

/** Some changes need as many, whatever a registry says. */
const fewest = 2;

/**
 * A change that would leave nobody who can undo it is not made.
 * @param before who decides now
 * @param after who would
 * @param now milliseconds
 * @throws SealwayError `registration_refused`
 */
export function checkEnoughOfficers(
  before: readonly Certificate[],
  after: readonly Certificate[],
  now: number,
): void {
  const left = new Set(after.map(({ fingerprint }) => fingerprint));
  if (before.every(({ fingerprint }) => left.has(fingerprint))) return;
  const valid = after.filter(({ notBefore, notAfter }) => notBefore <= now && now <= notAfter);
  const persons = valid.map((one) => approvalOf(one, sha256Base64Url));
  // One person with two certificates approves once.
  const [keys, names] = [
    new Set(persons.map(({ spki }) => spki)),
    new Set(persons.map(({ subject }) => subject)),
  ];
  if (Math.min(keys.size, names.size) < fewest)
    throw new SealwayError(
      "registration_refused",
      `fewer than ${fewest} officers of the authority would be left`,
    );
}
