import { isVisibleTo } from "../../catalogue/visibility.ts";
import { SealwayError } from "../../core/errors.ts";
import type { Agreement } from "../../policy/agreement.ts";
import { decide } from "../../policy/decide.ts";
import { successesOf } from "../../policy/disclosure.ts";
import { isPredicateFor } from "../../policy/is-predicate-for.ts";
import { type Purpose, purposeOf } from "../../policy/purpose.ts";
import { isReserved } from "../builtin/built-in-services.ts";
import { viewerOf } from "../catalogue-viewer.ts";
import { disclosureOfAnswer } from "../disclosure-of-answer.ts";
import { DenialError } from "../problem.ts";
import type { ProviderExchange } from "../provider-exchange.ts";
import { required } from "../required.ts";

/**
 * Steps 9 and 11: the provider's decision. It is asked on what is signed, before a byte of the body is taken, and again
 * with everything; the second verdict binds.
 */
export function decideRequest(x: ProviderExchange): void {
  const { document } = x.verified;
  // Every registered member may ask what the gateway itself answers; the answer judges what it may see.
  if (isReserved(document.service.id)) return;
  const description = required(x.description);
  x.purpose = signedPurpose(x);
  const decision = decide({
    now: x.services.clock.now(),
    endpoint: { method: document.endpoint?.method ?? "", template: x.endpoint.template.text },
    version: description.version,
    purpose: x.purpose,
    purposeSource: document.purposeSource,
    agreements: x.services.agreementsInForce.between(document.client, description, x.trust.catalogue),
    named: document.agreement?.sha256 ?? null,
  });
  switch (decision.verdict) {
    case "permit":
      x.agreement = decision.agreement;
      checkNamed(x, decision.agreement);
      checkDisclosable(x);
      return;
    case "deny":
      throw new DenialError(
        decision.code,
        decision.rule,
        `Request is not allowed: ${document.service.id}${instead(x)}`,
      );
    case "open":
      throw new SealwayError("access_denied", `the decision stays open: ${decision.needed.join(", ")}`);
  }
}

/** By which agreement it is, the record says by id and revision as well. @throws DenialError */
function checkNamed({ verified: { document } }: ProviderExchange, { id, revision }: Agreement): void {
  const named = document.agreement;
  if (named !== null && (named.id !== id || named.revision !== revision))
    throw new DenialError(
      "agreement_mismatch",
      "agreement.named",
      "the agreement has another id or revision",
    );
}

/** Names a service that says yes or no, where that does for the purpose and the caller may know of it. */
function instead({ services, trust, verified: { document }, purpose }: ProviderExchange): string {
  if (purpose === null) return "";
  const viewer = viewerOf(services, document.client);
  const predicate = [...trust.catalogue.services()].find(
    (one) => isPredicateFor(one, document.service.id, purpose) && isVisibleTo(one.document, viewer),
  );
  return predicate === undefined ? "" : `; a yes or no does for this purpose: ${predicate.id}`;
}

/**
 * An answer of which nothing would be left is not asked for, nor one that would have to be cut and cannot be.
 * @throws DenialError
 */
function checkDisclosable(x: ProviderExchange): void {
  const { contentKind } = required(x.description);
  if (contentKind === "opaque") return;
  const disclosures = successesOf(x.endpoint).map((status) => disclosureOfAnswer(x, status));
  if (contentKind === "signed") {
    const undescribed = disclosures.length === 0 ? [disclosureOfAnswer(x, "undescribed")] : [];
    if ([...undescribed, ...disclosures].some(({ removed }) => removed.length > 0))
      throw new DenialError("signed_not_filtered", "content.signed", "signed content would have to be cut");
  } else if (disclosures.length > 0 && disclosures.every(({ kept }) => kept === undefined))
    throw new DenialError("nothing_granted", "agreement.fields", "no field of the answer may be disclosed");
}

/** The purpose that the consumer signed for is the description's own, to the letter. */
function signedPurpose({ verified: { document }, description }: ProviderExchange): Purpose | null {
  if (document.purpose === null) return null;
  const purpose = purposeOf(required(description), document.purpose.id);
  const { revision, sha256 } = document.purpose;
  if (purpose?.sha256 !== sha256 || purpose.revision !== revision || document.purposeSource === null)
    throw new SealwayError("purpose_unknown", "the purpose that the request names is not the description's");
  return purpose;
}
