import { knownMembers } from "../../catalogue/known-members.ts";
import { breachOfAnswer } from "../../catalogue/message-breach.ts";
import { cutJson } from "../../core/cut-json.ts";
import { SealwayError } from "../../core/errors.ts";
import { describeBreach, enforcesAnswers, tellBreach } from "../breach.ts";
import { bytesOf, parseJsonBody } from "../json-body.ts";
import type { ProviderExchange } from "../provider-exchange.ts";
import { startOf } from "../request-start.ts";
import { required } from "../required.ts";
import { replaceAnswer } from "./cut-answer.ts";

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
  if (await removeUnknown(x)) body = await parseJsonBody(x.answerBody, headers, "invalid_response");
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
  const { status } = x.serviceAnswer;
  const schema = x.endpoint.document.responses?.[status]?.schema;
  const removes = required(x.description).document.unknownFields === "removed";
  if (!removes || schema === undefined || x.answerBody === null) return false;
  const text = (await bytesOf(x.answerBody)).toString("utf8");
  const known = cutJson(text, knownMembers(schema));
  if (known === text) return false;
  await replaceAnswer(x, Buffer.from(known, "utf8"));
  x.unknownRemoved = true;
  return true;
}
