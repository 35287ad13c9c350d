import { type LocatedSubject, locateSubjects } from "../../catalogue/locate-subjects.ts";
import { SealwayError } from "../../core/errors.ts";
import type { TraceContext } from "../../core/trace-context.ts";
import { singleHeader } from "../../message/agreement-with-head.ts";
import type { VerifiedMessage } from "../../message/verify-message.ts";
import { checkRequest } from "../breach.ts";
import { parseJsonBody } from "../json-body.ts";
import type { ProviderExchange } from "../provider-exchange.ts";
import { receiveBody } from "../receive-body.ts";
import { required } from "../required.ts";
import { namesPerson, traceHopOf } from "../trace-hop.ts";

/** Step 10: takes the body in; it must be the one that the signed head binds. */
export async function receiveMessageBody(x: ProviderExchange): Promise<void> {
  const { head } = x.verified;
  const description = required(x.description);
  x.call.proceed();
  x.body = await receiveBody(x.call.body, {
    passage: "provider-in",
    maxBytes: description.maxRequestBytes,
    expected: head.body,
    deadline: x.deadline,
    spoolDirectory: x.services.spoolDirectory,
    clock: x.services.clock,
  });
}

/** Step 10: validates what the description lets it read; the persons found must be those committed to. */
export async function validateRequest(x: ProviderExchange): Promise<void> {
  const { headers } = x.verified.head;
  const header = (name: string) => singleHeader(headers, name.toLowerCase());
  const body =
    required(x.description).contentKind === "json"
      ? await parseJsonBody(x.body, headers, "invalid_body")
      : undefined;
  const { parameters } = x;
  const { query } = x.target;
  checkRequest(x, { parameters, query, body });
  const places = { parameters, query, header, body };
  checkSubjects(locateSubjects(x.endpoint, places, x.trust.vocabulary), x.verified);
  x.trace = traceHop(x.verified);
}

/** The trace id is kept in clear: one that spells a person's identifier is no trace. */
function traceHop({ head }: VerifiedMessage): TraceContext | null {
  const hop = traceHopOf(head.headers);
  const { subjects, user } = head.openings;
  const persons = [...subjects, ...(user === null ? [] : [user])].map(({ value }) => value);
  return hop === null || namesPerson(hop, persons) ? null : hop;
}

/** Were the openings not those of the persons located here, the record would speak of somebody else. */
function checkSubjects(located: readonly LocatedSubject[], { document, head }: VerifiedMessage): void {
  const same =
    located.length === document.subjects.length &&
    located.every(({ role, scheme, value }, i) => {
      const subject = document.subjects[i];
      return (
        subject?.role === role && subject.scheme === scheme && head.openings.subjects[i]?.value === value
      );
    });
  if (!same)
    throw new SealwayError("subject.mismatch", "the persons in the request are not those committed to");
}
