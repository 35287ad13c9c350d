import type { ConsumerExchange } from "../consumer-exchange.ts";
import { appendRequest, sentRecord } from "../record.ts";
import { required } from "../required.ts";

/** Step 7: the request is durable before a byte of it leaves. */
export async function recordRequest(x: ConsumerExchange): Promise<void> {
  const seal = required(x.seal);
  await x.services.context.keep(x.trust.configuration, x.description, x.agreement);
  const { services, request, description, body } = x;
  const record = sentRecord(services, request, seal, { role: "consumer", effect: "open", description, body });
  x.recorded = await appendRequest(services, record);
}
