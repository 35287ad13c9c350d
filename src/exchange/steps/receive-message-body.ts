import type { LocatedSubject } from "../../catalogue/locate-subjects.ts";
import { SealwayError } from "../../core/errors.ts";
import type { VerifiedMessage } from "../../message/verify-message.ts";
import type { ProviderExchange } from "../provider-exchange.ts";
import { readRequest } from "../read-request.ts";
import { receiveBody } from "../receive-body.ts";
import { required } from "../required.ts";
import { traceHopOf } from "../trace-hop.ts";

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
  const { headers, openings } = x.verified.head;
  const { subjects: located, about } = await readRequest(x, headers, "inconsistent_headers");
  checkSubjects(located, x.verified);
  if (about !== x.verified.document.about)
    throw new SealwayError("inconsistent_headers", "exchange and body name another earlier exchange");
  const { subjects, user } = openings;
  const persons = user === null ? subjects : [...subjects, user];
  x.trace = traceHopOf(
    headers,
    persons.map(({ value }) => value),
  );
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
