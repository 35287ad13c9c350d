import { mentions } from "../../catalogue/identifier-rule.ts";
import { locateSubjects } from "../../catalogue/locate-subjects.ts";
import { SealwayError } from "../../core/errors.ts";
import type { TraceContext } from "../../core/trace-context.ts";
import { isPublicQueryId, singleHeader } from "../../message/agreement-with-head.ts";
import { checkRequest } from "../breach.ts";
import type { ConsumerExchange } from "../consumer-exchange.ts";
import { parseJsonBody } from "../json-body.ts";
import { receiveBody } from "../receive-body.ts";
import { required } from "../required.ts";
import { namesPerson, traceHopOf } from "../trace-hop.ts";

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
  const body =
    description.contentKind === "json"
      ? await parseJsonBody(x.body, x.headers.forwarded, "invalid_body")
      : undefined;
  const { parameters } = x;
  const { query } = x.target;
  checkRequest(x, { parameters, query, body });
  const header = (name: string) =>
    singleHeader(x.headers.forwarded, name.toLowerCase(), "duplicate_header_field");
  const places = { parameters, query, header, body };
  x.subjects = locateSubjects(required(x.endpoint), places, x.trust.vocabulary);
  x.publicQueryId = publicQueryId(x);
  x.trace = traceHop(x);
}

/** The trace id is kept in clear: one that spells a person's identifier is no trace. */
function traceHop({ headers, subjects }: ConsumerExchange): TraceContext | null {
  const hop = traceHopOf(headers.forwarded);
  const persons = [
    ...subjects.map(({ value }) => value),
    ...(headers.userId === null ? [] : [headers.userId]),
  ];
  return hop === null || namesPerson(hop, persons) ? null : hop;
}

/** The query id stands in the clear part of the record, where nothing may name a person. */
function publicQueryId({ headers: { queryId }, subjects }: ConsumerExchange): string | null {
  if (subjects.some(({ value }) => mentions(queryId, value))) {
    throw new SealwayError("invalid_query_id", "X-Road-Id contains the identifier of the person asked about");
  }
  return isPublicQueryId(queryId) ? queryId : null;
}
