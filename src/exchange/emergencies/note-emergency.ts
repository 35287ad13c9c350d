import { memberOf, providerOf } from "../../core/ids.ts";
import type { ConsumerExchange } from "../consumer-exchange.ts";
import type { ProviderExchange } from "../provider-exchange.ts";

/** Step 12: emergency access that is permitted waits for its review from before the service hears of it. */
export function noteProvided({ agreement, services, verified }: ProviderExchange): void | Promise<void> {
  const { client, emergency, id: exchange, purpose, service } = verified.document;
  if (emergency === null || agreement === null) return undefined;
  return services.emergencies.note({
    ...{ exchange, role: "provider", member: memberOf(providerOf(service.id)) },
    ...{ agreement: agreement.id, client, service: service.id, purpose: purpose?.id ?? null },
    time: services.clock.now(),
  });
}

/** Step 18: so it does at the consumer, which learns from the answer that it was permitted. */
export function noteConsumed({
  answer: { document: answer },
  request: { document: request },
  services,
}: ConsumerExchange): void | Promise<void> {
  if (request.emergency === null || answer.agreement === null) return undefined;
  const { client, id: exchange, purpose, service } = request;
  return services.emergencies.note({
    ...{ exchange, role: "consumer", member: memberOf(client) },
    ...{ agreement: answer.agreement.id, client, service: service.id, purpose: purpose?.id ?? null },
    time: services.clock.now(),
  });
}
