import type { Endpoint, ServiceDescription } from "../catalogue/service-description.ts";
import { isVisibleTo } from "../catalogue/visibility.ts";
import { SealwayError } from "../core/errors.ts";
import type { ClientId } from "../core/ids.ts";
import type { ExchangeDocument } from "../message/exchange-document.ts";
import type { AuthorityWord } from "../policy/agreement.ts";
import { agreementHint } from "../policy/agreements/agreement-hint.ts";
import { predicatesIn } from "../policy/check-agreement.ts";
import { type Decision, decide } from "../policy/decide.ts";
import type { AnswersToCut, EmergencyClaim, Facts } from "../policy/decision/facts.ts";
import { refusalFor } from "../policy/decision/trace-for.ts";
import { isPredicateFor } from "../policy/is-predicate-for.ts";
import { type Purpose, purposeOf } from "../policy/purpose.ts";
import { authorityWord } from "./authority-word.ts";
import { viewerOf } from "./catalogue-viewer.ts";
import type { GatewayServices, TrustSnapshot } from "./gateway-services.ts";
import { DenialError } from "./problem.ts";

/** A call of a described endpoint, live or dry. */
export interface CallToJudge {
  readonly client: ClientId;
  readonly description: ServiceDescription;
  readonly endpoint: Endpoint;
  /** HTTP method of the call. */
  readonly method: string;
  /** As far as it is known; a call whose purpose needs one stays open without. */
  readonly permission?: Facts["permission"];
  /** Missing for an ordinary call. */
  readonly emergency?: EmergencyClaim;
}

/** What a request says for itself, and signs. */
export type AskedFor = Pick<
  ExchangeDocument,
  "agreement" | "decisionUse" | "lawfulBasis" | "purpose" | "purposeSource"
>;

/** The provider's verdict on a request, and the purpose that it is for. */
export interface JudgedRequest {
  readonly decision: Decision;
  readonly purpose: Purpose | null;
}

/** What both sides know of a call before its purpose. @throws SealwayError `configuration_expired` */
export function plainFacts(
  services: GatewayServices,
  { client, endpoint, description, method }: CallToJudge,
): Pick<Facts, "now" | "endpoint" | "version" | keyof AuthorityWord> & { readonly answers: AnswersToCut } {
  // What is withdrawn counts at once, for requests that are on their way, too.
  const trust = services.trust();
  const { withdrawnFields } = trust.catalogue.standingOf(description);
  return {
    now: services.clock.now(),
    endpoint: { method, template: endpoint.template.text },
    version: description.version,
    answers: { description, endpoint, withdrawnFields },
    ...authorityWord(trust, client),
  };
}

/**
 * The provider's decision on a request: the only way to a verdict, for calls and for dry runs alike.
 * @throws SealwayError `purpose_unknown` for a purpose that is not, to the letter, one of the description
 */
export function judgeRequest(
  services: GatewayServices,
  trust: TrustSnapshot,
  call: CallToJudge,
  asked: AskedFor,
): JudgedRequest {
  const { client, description, permission = "unknown" } = call;
  const purpose = askedPurpose(asked, description);
  const decision = decide({
    purpose,
    purposeSource: asked.purposeSource,
    lawfulBasis: asked.lawfulBasis,
    decisionUse: asked.decisionUse,
    agreements: services.agreementsInForce.between(client, description, trust.catalogue),
    named: asked.agreement,
    permission: permission === "unknown" && purpose?.permission === undefined ? null : permission,
    emergency: call.emergency ?? null,
    ...plainFacts(services, call),
  });
  return { decision, purpose };
}

function askedPurpose({ purpose: named, purposeSource }: AskedFor, description: ServiceDescription) {
  if (named === null) return null;
  const purpose = purposeOf(description, named.id);
  if (purpose?.sha256 !== named.sha256 || purpose.revision !== named.revision || purposeSource === null)
    throw new SealwayError("purpose_unknown", "the purpose that the request names is not the description's");
  return purpose;
}

/** A denial as the consumer is told of it. */
export function denialFor(
  services: GatewayServices,
  trust: TrustSnapshot,
  { client, description }: CallToJudge,
  { decision, purpose }: JudgedRequest & { readonly decision: Extract<Decision, { verdict: "deny" }> },
): DenialError {
  const { code, rule } = refusalFor(decision, "consumer");
  const viewer = viewerOf(services, client);
  // Names a service that says yes or no, where that does for the purpose and the caller may know of it.
  const predicate =
    purpose === null
      ? undefined
      : predicatesIn(trust.catalogue).find(
          ({ service }) =>
            isPredicateFor(service, description.id, purpose) && isVisibleTo(service.document, viewer),
        );
  const instead =
    predicate === undefined ? "" : `; a yes or no does for this purpose: ${predicate.service.id}`;
  const word = authorityWord(services.trust(), client);
  const agreements = decision.trace.at(-1)?.agreements ?? [];
  const about = agreementHint(rule, agreements, services.clock.now(), word);
  return new DenialError(code, rule, `Request is not allowed: ${description.id}${about}${instead}`);
}
