import type { CounterUse } from "../../messagelog/message-record.ts";
import { quotaUses } from "../../policy/quota.ts";
import type { ProviderExchange } from "../provider-exchange.ts";
import { countQuotas, quotasOf, usedUp } from "../quotas.ts";
import { appendRequest, receivedRecord, UsedUpError } from "../record.ts";

/**
 * Step 12: the request is durable, its id taken and what it uses counted, all at once, before the information system
 * hears of it.
 * @throws DenialError when something that it uses is used up: then nothing is recorded or counted yet
 */
export async function recordReceivedRequest(x: ProviderExchange): Promise<void> {
  const quotas = quotasOf(x);
  // A quota speaks first: what it says depends on no person.
  const uses = [...quotaUses(quotas), ...x.uses];
  try {
    await record(x, uses);
  } catch (error) {
    throw error instanceof UsedUpError ? usedUp(x, quotas, error) : error;
  }
  x.counted = uses.map(({ counter }) => counter);
  countQuotas(x, quotas);
}

/** A request that is refused uses nothing up. */
export function recordRefusedRequest(x: ProviderExchange): Promise<void> {
  return record(x, []);
}

async function record(x: ProviderExchange, uses: readonly CounterUse[]): Promise<void> {
  const { services, trust } = x;
  await services.context.keep(trust.configuration, x.description, x.agreement);
  const { verified, description, body } = x;
  const context = { role: "provider", effect: "open", description, body, uses } as const;
  x.recorded = await appendRequest(services, receivedRecord(services, verified, context));
}
