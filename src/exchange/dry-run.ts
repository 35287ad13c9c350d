import { Readable } from "node:stream";
import { type LocatedSubject, locateSubjects } from "../catalogue/locate-subjects.ts";
import { SealwayError } from "../core/errors.ts";
import { type ExchangeId, providerOf, type ServiceId, unsafeId } from "../core/ids.ts";
import { parseStrictJson } from "../core/strict-json.ts";
import { uuidV7 } from "../core/uuid.ts";
import { checkControl } from "../messagelog/statement/control-schemas.ts";
import { traceFor } from "../policy/decision/trace-for.ts";
import { isReserved } from "./builtin/built-in-services.ts";
import { callPeer } from "./builtin/call-peer.ts";
import { type AskedDecision, type NamedPerson, subjectOf } from "./builtin/subjects-asked.ts";
import { askedFor } from "./compose-request.ts";
import { ConsumerExchange, type InformationSystemCall } from "./consumer-exchange.ts";
import { type ToldDecision, toldDenial, toldOpen } from "./decisions.ts";
import type { GatewayServices } from "./gateway-services.ts";
import { noAnswerOf } from "./no-answer.ts";
import { required } from "./required.ts";
import { authenticateClient } from "./steps/authenticate-client.ts";
import { decideOnMessage } from "./steps/decide-message.ts";
import { decideOnKnown } from "./steps/decide-on-known.ts";
import { parseRequest } from "./steps/parse-request.ts";
import { resolveService } from "./steps/resolve-service.ts";

/** What an information system asks: `question` of `schemas/control/v1/decisions.schema.json`. */
export interface DecisionQuestion {
  readonly service: string;
  readonly method: string;
  readonly path: string;
  readonly query?: string;
  readonly purpose?: string;
  readonly decisionUse?: string;
  readonly subject?: NamedPerson;
}

/** @throws SealwayError `invalid_body` */
export function parseQuestion(body: Buffer): DecisionQuestion {
  const question = parseStrictJson(body, "invalid_body");
  checkControl("decision question", question, "invalid_body");
  return question as DecisionQuestion;
}

/**
 * What would become of a call: it goes through the steps of a call until it would be received, and what the signed
 * request would say goes to the provider's gateway, which decides as for a call. Nothing reaches the service.
 * @param credentials headers by which the caller proves who it is, names and values in turn
 * @throws SealwayError for a caller that is not who it says it is, and when there is no verdict
 */
export async function dryRun(
  services: GatewayServices,
  question: DecisionQuestion,
  caller: Pick<InformationSystemCall, "connection"> & { readonly credentials: readonly string[] },
): Promise<ToldDecision> {
  const id = unsafeId<ExchangeId>(uuidV7(services.clock.now()));
  const x = new ConsumerExchange(services, callFor(question, caller), id, services.trust());
  parseRequest(x);
  authenticateClient(x);
  let subjects: readonly LocatedSubject[];
  try {
    resolveService(x);
    if (isReserved(x.target.service))
      throw new SealwayError("bad_request", "what a gateway itself answers is not decided by agreements");
    decideOnKnown(x);
    const ofMessage = decideOnMessage(x);
    if (ofMessage?.verdict === "open") return toldOpen(ofMessage.needed, traceFor(ofMessage, "consumer"));
    subjects = subjectsIn(x, question);
  } catch (error) {
    if (!(error instanceof SealwayError) || noAnswerOf(error.code) !== "refusal") throw error;
    return toldDenial(error, "consumer", []);
  }
  return ask(x, subjects);
}

/** The call that is asked about. Braces are those of the description: a call has them escaped. */
function callFor(
  { service, method, path, query, purpose, decisionUse }: DecisionQuestion,
  { connection, credentials }: Parameters<typeof dryRun>[2],
): InformationSystemCall {
  const stated = [
    ...(purpose === undefined ? [] : ["Sealway-Purpose", purpose]),
    ...(decisionUse === undefined ? [] : ["Sealway-Decision-Use", decisionUse]),
  ];
  const raw = path.replaceAll("{", "%7B").replaceAll("}", "%7D");
  return {
    method,
    target: `/r1/${service}${raw}${query === undefined ? "" : `?${query}`}`,
    rawHeaders: [...credentials, ...stated],
    body: Readable.from([]),
    connection,
    proceed: () => {},
  };
}

/** Whoever stands in path or query, and who is named beside them; a name in braces stands for nobody. */
function subjectsIn(x: ConsumerExchange, { subject }: DecisionQuestion): LocatedSubject[] {
  const { parameters, target, trust } = x;
  const query = new URLSearchParams(target.query);
  const subjects = required(x.endpoint).subjects.filter(
    ({ in: place, name }) =>
      (place === "path" && parameters.get(name) !== `%7B${name}%7D`) ||
      (place === "query" && query.has(name)),
  );
  const request = { parameters, query: target.query, header: () => undefined, body: undefined };
  const located = locateSubjects({ subjects }, request, trust.vocabulary);
  return subject === undefined ? located : [...located, subjectOf(subject, "asked-about", trust.vocabulary)];
}

/** @throws SealwayError what ended the exchange */
async function ask(x: ConsumerExchange, subjects: readonly LocatedSubject[]): Promise<ToldDecision> {
  const { call, client, services, target } = x;
  const { service } = target;
  const body: AskedDecision = {
    ...askedFor(x),
    description: required(x.description).sha256,
    endpoint: { method: call.method, template: required(x.endpoint).template.text },
    query: target.query.slice(1),
    subjects,
  };
  const path = `/services/${codeOf(service)}/decisions`;
  const answer = await callPeer(services, {
    ...{ client, subsystem: providerOf(service), code: "sealway.decide", path, body, tries: x.purpose },
  });
  const told = parseStrictJson(answer, "invalid_response");
  checkControl("decision answer", told, "invalid_response");
  return told as ToldDecision;
}

function codeOf(service: ServiceId): string {
  return service.slice(service.lastIndexOf("/") + 1);
}
