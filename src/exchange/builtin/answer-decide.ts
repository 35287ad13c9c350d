import type { Endpoint, ServiceDescription } from "../../catalogue/service-description.ts";
import { SealwayError } from "../../core/errors.ts";
import { encodePart, memberOf, type ServiceId, unsafeId } from "../../core/ids.ts";
import { isInForce } from "../../policy/agreement.ts";
import { traceFor } from "../../policy/decision/trace-for.ts";
import { removedFields } from "../../policy/disclosure.ts";
import { purposeOf } from "../../policy/purpose.ts";
import { authorityWord } from "../authority-word.ts";
import { checkPublished } from "../check-published.ts";
import { type ToldDecision, toldDenial, toldOpen, toldPermit } from "../decisions.ts";
import type { GatewayServices, TrustSnapshot } from "../gateway-services.ts";
import { type CallToJudge, denialFor, judgeRequest } from "../judge-request.ts";
import { noAnswerOf } from "../no-answer.ts";
import { judgePermissionOfCall, needsPermission } from "../permissions/judge-permission-of-call.ts";
import { DenialError } from "../problem.ts";
import { sightOf } from "../restriction-of.ts";
import { type BuiltInAnswer, type BuiltInCall, jsonAnswer } from "./built-in-client.ts";
import { type AskedDecision, parseAskedDecision } from "./subjects-asked.ts";

/**
 * `sealway.decide`: what would become of a call, by the functions that decide calls. A dry run about a person is for
 * clients only that have an agreement in force on the service: who gets nothing may not ask who has given what to whom.
 */
export function answerDecide(services: () => GatewayServices): BuiltInAnswer {
  return async (call) => {
    const own = services();
    const trust = own.trust();
    const asked = parseAskedDecision(call.body);
    const decided = await tryDecide(own, trust, call, asked);
    return jsonAnswer(200, decided);
  };
}

/** What would refuse a call refuses the dry run of it in its answer, all else as an error. */
async function tryDecide(
  services: GatewayServices,
  trust: TrustSnapshot,
  call: BuiltInCall,
  asked: AskedDecision,
): Promise<ToldDecision> {
  let found: CallToJudge;
  try {
    found = find(services, trust, call, asked);
  } catch (error) {
    return deniedBy(error);
  }
  if (asked.subjects.length > 0) checkMayAsk(services, trust, found);
  try {
    return await decide(services, trust, found, asked);
  } catch (error) {
    return deniedBy(error);
  }
}

function deniedBy(error: unknown): ToldDecision {
  if (!(error instanceof SealwayError) || noAnswerOf(error.code) !== "refusal") throw error;
  return toldDenial(error, "provider", []);
}

/** The endpoint that is asked about, as a call of it would be found. */
function find(
  services: GatewayServices,
  trust: TrustSnapshot,
  { client, subsystem, path }: BuiltInCall,
  { description: sha256, endpoint: { method, template } }: AskedDecision,
): CallToJudge {
  const [, , code = ""] = path.split("/");
  const id = unsafeId<ServiceId>(`${subsystem}/${encodePart(decodeURIComponent(code))}`);
  const description = checkPublished(services, trust, {
    client,
    id,
    found: trust.catalogue.byDigest(sha256),
  });
  if (!services.services.has(id)) throw new SealwayError("unknown_service", `Unknown service: ${id}`);
  return { client, description, endpoint: endpointOf(description, method, template), method };
}

function endpointOf(description: ServiceDescription, method: string, template: string): Endpoint {
  const endpoint = description.endpoints.find(
    (one) => (one.method === method || one.method === "*") && one.template.text === template,
  );
  if (endpoint !== undefined) return endpoint;
  throw new SealwayError("endpoint_not_described", `${description.id} has no such endpoint for ${method}`);
}

/** @throws DenialError `decide.subject` */
function checkMayAsk(
  { agreementsInForce, clock }: GatewayServices,
  trust: TrustSnapshot,
  { client, description }: CallToJudge,
): void {
  const now = clock.now();
  const word = authorityWord(trust, client);
  const isParty = agreementsInForce
    .between(client, description, trust.catalogue)
    .some((agreement) => isInForce(agreement, now, word));
  if (!isParty)
    throw new DenialError(
      "access_denied",
      "decide.subject",
      "a dry run about a person is for clients with an agreement in force on the service",
    );
}

async function decide(
  services: GatewayServices,
  trust: TrustSnapshot,
  plain: CallToJudge,
  asked: AskedDecision,
): Promise<ToldDecision> {
  const before = judgeRequest(services, trust, plain, asked);
  // As of a call: no permission is looked for where something else refuses already.
  const permission = before.decision.verdict === "open" ? await permissionFor(services, plain, asked) : null;
  const call = { ...plain, permission };
  const { decision, purpose } = permission === null ? before : judgeRequest(services, trust, call, asked);
  const trace = traceFor(decision, "consumer");
  if (decision.verdict === "open") return toldOpen(decision.needed, trace);
  if (decision.verdict === "deny") {
    const denial = denialFor(services, trust, call, { decision, purpose });
    return toldDenial(denial, "provider", trace);
  }
  const { description, endpoint } = call;
  const { withdrawnFields } = trust.catalogue.standingOf(description);
  const given = permission === "unknown" ? null : (permission?.permission ?? null);
  const grounds = { agreement: decision.agreement, permission: given, purpose, withdrawnFields };
  return toldPermit(
    description.contentKind === "json" ? removedFields(description, endpoint, grounds) : [],
    trace,
  );
}

/** The permission that a call would have which names none: unknown as long as nobody is named. No dry run ends one. */
async function permissionFor(
  services: GatewayServices,
  { client, description }: CallToJudge,
  { purpose: named, query, subjects }: AskedDecision,
): Promise<NonNullable<CallToJudge["permission"]> | null> {
  const purpose = named === null ? null : (purposeOf(description, named.id) ?? null);
  if (!needsPermission({ purpose, named: null })) return null;
  if (subjects.length === 0) return "unknown";
  const persons = subjects.filter(({ role }) => role === "asked-about");
  const holder = memberOf(description.id);
  const parties = { consumer: client, service: description.id, purpose: purpose?.id ?? null };
  const sight = sightOf(services, parties);
  const call = { client, holder, service: description.id, purpose, named: null, persons, query, sight };
  return (await judgePermissionOfCall(services, call, services.clock.now())).judged;
}
