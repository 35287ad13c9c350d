import { SealwayError } from "../../core/errors.ts";
import { forwardedResponseHeaders, serviceRequestHeaders } from "../../core/header-table.ts";
import { providerOf } from "../../core/ids.ts";
import { parseJsonBody } from "../json-body.ts";
import type { ProviderExchange } from "../provider-exchange.ts";
import { receiveBody } from "../receive-body.ts";
import { startOf } from "../request-start.ts";
import { required } from "../required.ts";
import type { ServiceAnswer } from "../service-client.ts";
import { withTraceHop } from "../trace-hop.ts";

/** Time kept for signing, recording and sending the answer before the consumer gives up, milliseconds. */
const answerMargin = 1_000;

/** Steps 13 and 14: calls the information system inside its compartment, takes its answer in and validates it. */
export async function callService(x: ProviderExchange): Promise<void> {
  required(x.recorded);
  const { compartment } = required(x.service);
  compartment.enter();
  try {
    x.times.leave();
    await receiveAnswer(x, await call(x));
    x.times.comeBack();
    compartment.leave();
  } catch (error) {
    compartment.leave(error);
    throw error;
  }
}

function call(x: ProviderExchange): Promise<ServiceAnswer> {
  const { document, head } = x.verified;
  const { contentKind } = required(x.description);
  return x.services.serviceClient.call({
    subsystem: providerOf(document.service.id),
    target: required(x.service).target,
    method: startOf(x.verified).method,
    pathAndQuery: x.target.path + x.target.query,
    headers: withTraceHop(serviceRequestHeaders(head.headers, contentKind), x.trace),
    body: x.body,
    deadline: x.deadline - answerMargin,
  });
}

async function receiveAnswer(x: ProviderExchange, answer: ServiceAnswer): Promise<void> {
  const description = required(x.description);
  x.answerBody = await receiveBody(answer.body, {
    passage: "provider-out",
    maxBytes: description.maxResponseBytes,
    deadline: x.deadline - answerMargin,
    spoolDirectory: x.services.spoolDirectory,
    clock: x.services.clock,
  });
  const headers = forwardedResponseHeaders(answer.headers, description.contentKind);
  if (description.contentKind === "json") await validate(x, answer);
  x.answerStart = { status: answer.status, reason: answer.reason, headers };
}

async function validate(x: ProviderExchange, answer: ServiceAnswer): Promise<void> {
  if (answer.status < 200 || answer.status === 206 || answer.status === 304) {
    throw new SealwayError("invalid_response", `status ${answer.status} is no whole answer`);
  }
  await parseJsonBody(x.answerBody, answer.headers, "invalid_response");
}
