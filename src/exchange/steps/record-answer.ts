import type { ProviderExchange } from "../provider-exchange.ts";
import { appendAnswer, sentRecord } from "../record.ts";
import { required } from "../required.ts";

/** How long after its deadline an answer is kept for a resend, milliseconds. */
const keptAfterDeadline = 60_000;

/** Step 16: the answer is durable before the consumer gets a byte of it. */
export async function recordAnswer(x: ProviderExchange): Promise<void> {
  const { answer, seal, services } = x;
  required(x.recorded);
  await appendAnswer(services, sentRecord(answer, seal, "provider", "close"));
  services.answers.keep(answer, x.answerBody, answer.document.deadline + keptAfterDeadline);
}
