import { mentions } from "../../catalogue/identifier-rule.ts";
import { SealwayError } from "../../core/errors.ts";
import { isPublicQueryId } from "../../message/agreement-with-head.ts";
import type { ConsumerExchange } from "../consumer-exchange.ts";
import { readRequest } from "../read-request.ts";
import { receiveBody } from "../receive-body.ts";
import { required } from "../required.ts";
import { traceHopOf } from "../trace-hop.ts";

/** Step 5: takes the body in, validates what the description lets it read, and finds whom the request is about. */
export async function receiveRequest(x: ConsumerExchange): Promise<void> {
  const description = required(x.description);
  x.call.proceed();
  x.body = await receiveBody(x.call.body, {
    passage: "consumer-in",
    maxBytes: description.maxRequestBytes,
    deadline: x.services.clock.now() + description.timeoutMs,
    spoolDirectory: x.services.spoolDirectory,
    clock: x.services.clock,
  });
  const { forwarded, userId } = x.headers;
  const { subjects, about } = await readRequest(x, forwarded, "duplicate_header_field");
  x.subjects = subjects;
  x.about = about;
  x.publicQueryId = publicQueryId(x);
  const persons = x.subjects.map(({ value }) => value);
  x.trace = traceHopOf(forwarded, userId === null ? persons : [...persons, userId]);
}

/** The query id stands in the clear part of the record, where nothing may name a person. */
function publicQueryId({ headers: { queryId }, subjects }: ConsumerExchange): string | null {
  if (subjects.some(({ value }) => mentions(queryId, value))) {
    throw new SealwayError("invalid_query_id", "X-Road-Id contains the identifier of the person asked about");
  }
  return isPublicQueryId(queryId) ? queryId : null;
}
