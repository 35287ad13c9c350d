import type { ProviderExchange } from "../provider-exchange.ts";
import { appendRequest, receivedRecord } from "../record.ts";

/** Step 12: the request is durable, and its id taken, before the information system hears of it. */
export async function recordReceivedRequest(x: ProviderExchange): Promise<void> {
  const { services, trust } = x;
  await services.context.keep(trust.configuration, x.description, x.agreement);
  x.recorded = await appendRequest(
    services,
    receivedRecord(x.verified, services.clock.now(), "provider", "open"),
  );
}
