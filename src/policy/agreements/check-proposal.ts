import type { Catalogue } from "../../catalogue/catalogue.ts";
import type { ServiceDescription } from "../../catalogue/service-description.ts";
import { mayAsk } from "../../catalogue/visibility.ts";
import { SealwayError } from "../../core/errors.ts";
import type { Agreement } from "../agreement.ts";
import { agreementCodes } from "../agreement-codes.ts";
import { checkAgreement } from "../check-agreement.ts";
import { inVersionRange } from "../version-range.ts";
import type { AgreementAct, ByLaw } from "./agreement-act.ts";
import { byLawOf } from "./by-law.ts";
import { parseTerms } from "./parse-terms.ts";
import { checkAnswers } from "./questionnaire.ts";

type Proposing = Extract<AgreementAct, { act: "request" | "change" }>;

/**
 * Whether terms may be proposed, by the catalogue of the day on which they are: the consumer is one that may ask, the
 * service can keep them, its questions are answered, and the law is the one that its description names. Asked by whoever
 * makes the act, and by the provider when it comes; what counted once, counts.
 * @param now milliseconds
 * @throws SealwayError `act_refused`, `questionnaire_incomplete`
 */
export function checkProposal(act: Proposing, catalogue: Catalogue, now: number): void {
  const terms = parseTerms(act.document);
  if (terms.validity.to <= now) throw refused("it would have ended already");
  if (terms.state !== undefined) throw refused("only what is imported is migrated");
  const description = descriptionFor(terms, catalogue);
  const { document } = description;
  if (document.entitled !== undefined && !mayAsk(document, terms.consumer))
    throw refused(`${terms.consumer} is not among those that may ask for an agreement`);
  checkSameLaw(act.byLaw, byLawOf(terms, description));
  if (act.act === "request") checkAnswers(act.answers);
}

/** The first version for which the terms are, and that can keep them. */
function descriptionFor(terms: Agreement, catalogue: Catalogue): ServiceDescription {
  const { serviceVersions: range } = terms;
  const versions = catalogue
    .versions(terms.service)
    .filter(({ version }) => range === null || inVersionRange(range, version));
  if (versions.length === 0) throw refused("no version of the service is published that they are for");
  const faults = versions.map((description) =>
    checkAgreement(terms, description, catalogue).filter(
      ({ code }) => agreementCodes[code].effect === "refused",
    ),
  );
  const good = faults.findIndex((found) => found.length === 0);
  if (good >= 0) return versions[good]!;
  const [first] = faults[0]!;
  const { title, remedy } = agreementCodes[first!.code];
  throw refused(`${first!.code} at ${first!.place}: ${title}. ${remedy}`);
}

function checkSameLaw(stated: ByLaw | null, ordered: ByLaw | null): void {
  const isSame = stated?.provision === ordered?.provision && stated?.withinDays === ordered?.withinDays;
  if (!isSame) throw refused("byLaw is not what the description says of these purposes");
}

function refused(detail: string): SealwayError {
  return new SealwayError("act_refused", `the terms cannot be proposed: ${detail}`);
}
