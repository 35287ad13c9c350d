import { sha256Base64Url } from "../../core/bytes.ts";
import { SealwayError } from "../../core/errors.ts";
import { singleHeader } from "../../message/agreement-with-head.ts";
import type { ExchangeDocument } from "../../message/exchange-document.ts";
import type { VerifiedMessage } from "../../message/verify-message.ts";
import { parseWireHeaders } from "../../message/wire.ts";
import { taggedSubjects } from "../answer-subjects.ts";
import { maxInlineBody } from "../body.ts";
import type { ConsumerExchange } from "../consumer-exchange.ts";
import { receiveBody } from "../receive-body.ts";
import { appendAnswer, receivedRecord } from "../record.ts";
import { required } from "../required.ts";
import { verifyFrom } from "../verify-from.ts";

/** Members of `exchange` in which an answer repeats its request, as they stand in the canonical form. */
const repeated = [
  ...["id", "conversation", "client", "instance", "deadline", "queryId", "representedParty"],
  ...["service", "endpoint", "about", "external", "decisionUse"],
  ...["lawfulBasis", "purpose", "purposeSource", "rules"],
] as const satisfies readonly (keyof ExchangeDocument)[];

/** Step 18: the answer is authentic, from the server asked, and bound to this very request. */
export function verifyAnswer(x: ConsumerExchange): void {
  const { services, trust } = x;
  const wire = parseWireHeaders(x.peerAnswer.rawHeaders);
  const answer = verifyFrom(services, required(x.to).id, wire, trust.directory);
  const { document } = answer;
  const request = x.request.document;
  if (document.request !== sha256Base64Url(x.request.signature))
    throw inconsistent("it answers another request");
  if (document.from !== request.to || document.to !== request.from)
    throw inconsistent("its servers are not the request's");
  for (const name of repeated) {
    if (!isSame(document[name], request[name])) throw inconsistent(`its ${name} is not the request's`);
  }
  checkType(document);
  checkContent(x, answer);
  const { headers } = answer.head;
  if (singleHeader(headers, "x-road-id") !== x.headers.queryId)
    throw inconsistent("its x-road-id is not the request's");
  if (singleHeader(headers, "x-road-request-hash") !== x.requestHash) {
    throw inconsistent("its x-road-request-hash is not the request's");
  }
  services.notePeerConfiguration(document.from, document.configuration);
  x.answer = answer;
}

function checkType({ type, signerRole, decision, fault }: ExchangeDocument): void {
  const fits =
    (type === "response" && signerRole === "member" && decision?.verdict === "permit") ||
    (type === "refusal" && signerRole !== "client" && decision?.verdict === "deny") ||
    (type === "fault" && signerRole !== "client" && fault !== null);
  if (!fits) throw inconsistent(`it is a ${type} that contradicts itself`);
}

/** Both documents are canonical, so that equal members have equal texts. */
function isSame(one: unknown, other: unknown): boolean {
  return one === other || (typeof one === "object" && JSON.stringify(one) === JSON.stringify(other));
}

/** A response is what the description promises, and one that HTTP can end with. */
function checkContent({ description }: ConsumerExchange, { document, head }: VerifiedMessage): void {
  if (document.type !== "response") return;
  if (document.contentKind !== required(description).contentKind)
    throw inconsistent("its contentKind is not the description's");
  if (head.start.kind !== "response" || head.start.status < 200 || head.start.status > 599)
    throw inconsistent("its status is not one of an answer");
}

/** Step 18: takes the body in; it must be the one that the signed head binds. That of a refusal or fault is read here. */
export async function receiveAnswerBody(x: ConsumerExchange): Promise<void> {
  x.answerBody = await receiveBody(x.peerAnswer.body, {
    passage: "consumer-out",
    maxBytes:
      x.answer.document.type === "response" ? required(x.description).maxResponseBytes : maxInlineBody,
    expected: x.answer.head.body,
    deadline: x.request.document.deadline,
    spoolDirectory: x.services.spoolDirectory,
    clock: x.services.clock,
  });
}

/** Step 18: the answer is durable before the information system gets a byte of it. */
export async function recordReceivedAnswer(x: ConsumerExchange): Promise<void> {
  required(x.recorded);
  const { services, answer, description, answerBody } = x;
  const persons = x.answerSubjects.length === 0 ? undefined : taggedSubjects(x.answerSubjects);
  const context = { role: "consumer", effect: "close", description, body: answerBody, persons } as const;
  const returns = answer.document.type === "refusal" ? x.counted : [];
  await appendAnswer(services.log, x.watch, receivedRecord(services, answer, { ...context, returns }));
}

function inconsistent(detail: string): SealwayError {
  return new SealwayError("inconsistent_response", `the answer was refused: ${detail}`);
}
