import { knownMembers } from "../../catalogue/known-members.ts";
import { breachOfAnswer } from "../../catalogue/message-breach.ts";
import { SealwayError } from "../../core/errors.ts";
import { describeBreach, enforcesAnswers, tellBreach } from "../breach.ts";
import { parseJsonBody } from "../json-body.ts";
import type { ProviderExchange } from "../provider-exchange.ts";
import { startOf } from "../request-start.ts";
import { required } from "../required.ts";
import { cutBody } from "./cut-answer.ts";

/**
 * Step 14: what an endpoint of JSON answers is whole, JSON, and what its description says of the status. One that
 * breaks an enforced description is not delivered; where the description is only observed, its provider is told.
 * @throws SealwayError `invalid_response` naming place and keyword, never a value
 */
export async function validateAnswer(x: ProviderExchange): Promise<void> {
  if (required(x.description).contentKind !== "json") return;
  const { status, headers } = x.serviceAnswer;
  if (status < 200 || status === 206 || status === 304) {
    throw new SealwayError("invalid_response", `status ${status} is no whole answer`);
  }
  let body = await parseJsonBody(x.answerBody, headers, "invalid_response");
  x.unknownRemoved = await removeUnknown(x);
  if (x.unknownRemoved) body = await parseJsonBody(x.answerBody, headers, "invalid_response");
  x.answered = body;
  const { method } = startOf(x.verified);
  const breach = breachOfAnswer(x.endpoint.document, { method, status }, body);
  if (breach === undefined) return;
  const fate = enforcesAnswers(x) ? "refused" : "delivered";
  tellBreach(x, { message: "answer", breach, fate });
  if (fate === "refused")
    throw new SealwayError("invalid_response", `status ${status}: ${describeBreach(breach)}`);
}

/** Whether anything was removed that the description does not know, where it says that such is removed. */
async function removeUnknown(x: ProviderExchange): Promise<boolean> {
  const schema = x.endpoint.document.responses?.[x.serviceAnswer.status]?.schema;
  const removes = required(x.description).document.unknownFields === "removed";
  return removes && schema !== undefined && cutBody(x, knownMembers(schema));
}
