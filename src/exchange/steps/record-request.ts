import type { ConsumerExchange } from "../consumer-exchange.ts";
import { appendRequest, sentRecord } from "../record.ts";
import { required } from "../required.ts";

/** Step 7: the request is durable before a byte of it leaves. */
export async function recordRequest(x: ConsumerExchange): Promise<void> {
  const seal = required(x.seal);
  await x.services.context.keep(x.trust.configuration, x.description, x.agreement);
  x.recorded = await appendRequest(x.services, sentRecord(x.request, seal, "consumer", "open"));
}
