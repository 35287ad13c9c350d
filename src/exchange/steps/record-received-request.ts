import type { ProviderExchange } from "../provider-exchange.ts";
import { appendRequest, receivedRecord } from "../record.ts";

/** Step 12: the request is durable, and its id taken, before the information system hears of it. */
export async function recordReceivedRequest(x: ProviderExchange): Promise<void> {
  const { services, trust } = x;
  await services.context.keep(trust.configuration, x.description, x.agreement);
  const { verified, description, body } = x;
  const record = receivedRecord(services, verified, { role: "provider", effect: "open", description, body });
  x.recorded = await appendRequest(services, record);
}
