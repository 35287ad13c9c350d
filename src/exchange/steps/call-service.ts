import type { Readable } from "node:stream";
import { serviceRequestHeaders } from "../../core/header-table.ts";
import { providerOf } from "../../core/ids.ts";
import type { Body } from "../body.ts";
import type { ProviderExchange } from "../provider-exchange.ts";
import { receiveBody } from "../receive-body.ts";
import { startOf } from "../request-start.ts";
import { required } from "../required.ts";
import type { ServiceAnswer } from "../service-client.ts";
import { withTraceHop } from "../trace-hop.ts";

/** Time kept for signing, recording and sending the answer before the consumer gives up, milliseconds. */
const answerMargin = 1_000;

/** Step 13: calls the information system inside its compartment and takes its answer in. */
export async function callService(x: ProviderExchange): Promise<void> {
  required(x.recorded);
  const { compartment } = required(x.service);
  compartment.enter();
  try {
    x.times.leave();
    const { body, ...answer } = await call(x);
    x.serviceAnswer = answer;
    x.answerBody = await receiveAnswer(x, body);
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

/** Takes in what is to become the answer's body. @throws SealwayError as `receiveBody` */
export function receiveAnswer(x: ProviderExchange, source: Readable | Buffer): Promise<Body | null> {
  return receiveBody(source, {
    passage: "provider-out",
    maxBytes: required(x.description).maxResponseBytes,
    deadline: x.deadline - answerMargin,
    spoolDirectory: x.services.spoolDirectory,
    clock: x.services.clock,
  });
}
