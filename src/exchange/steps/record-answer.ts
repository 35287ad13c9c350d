import { taggedSubjects } from "../answer-subjects.ts";
import type { ProviderExchange } from "../provider-exchange.ts";
import { appendAnswer, sentRecord } from "../record.ts";
import { required } from "../required.ts";

/** Step 16: the answer is durable before the consumer gets a byte of it. */
export async function recordAnswer(x: ProviderExchange): Promise<void> {
  const { answer, seal, services, description, answerBody } = x;
  required(x.recorded);
  const persons = taggedSubjects(x.answerSubjects);
  const context = { role: "provider", effect: "close", description, body: answerBody, persons } as const;
  await appendAnswer(services.log, x.watch, sentRecord(services, answer, seal, context));
  const body = x.answerBody === null ? null : x.answerBody.bytes;
  // What went to the spool is too large to keep: a resend is told so.
  if (body !== undefined) services.answers.keep(answer, body);
}
