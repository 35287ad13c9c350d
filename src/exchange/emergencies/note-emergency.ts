import { memberOf, providerOf } from "../../core/ids.ts";
import type { ConsumerExchange } from "../consumer-exchange.ts";
import { isMessage } from "../message-pattern.ts";
import type { ProviderExchange } from "../provider-exchange.ts";

/** Step 12: emergency access that is permitted waits for its review from before the service hears of it. */
export function noteProvided(x: ProviderExchange): void | Promise<void> {
  const { agreement, services, verified } = x;
  const { client, emergency, id: exchange, purpose, service } = verified.document;
  if (emergency === null || agreement === null) return undefined;
  return services.emergencies.note({
    ...{ exchange, role: "provider", member: memberOf(providerOf(service.id)) },
    ...(isMessage(x) && { discloses: false }),
    ...{ agreement: agreement.id, client, service: service.id, purpose: purpose?.id ?? null },
    time: services.clock.now(),
  });
}

/** Step 7: of a message the sender discloses, and permits it: its emergency waits from before anything leaves. */
export function noteSent(x: ConsumerExchange): void | Promise<void> {
  const { agreement, request, services } = x;
  const { client, emergency, id: exchange, purpose, service } = request.document;
  if (emergency === null || agreement === null || !isMessage(x)) return undefined;
  return services.emergencies.note({
    ...{ exchange, role: "consumer", discloses: true, member: memberOf(client) },
    ...{ agreement: agreement.id, client, service: service.id, purpose: purpose?.id ?? null },
    time: services.clock.now(),
  });
}

/** Step 18: so it does at the consumer of other calls, which learns from the answer that it was permitted. */
export function noteConsumed(x: ConsumerExchange): void | Promise<void> {
  const {
    answer: { document: answer },
    request: { document: request },
    services,
  } = x;
  if (request.emergency === null || answer.agreement === null || isMessage(x)) return undefined;
  const { client, id: exchange, purpose, service } = request;
  return services.emergencies.note({
    ...{ exchange, role: "consumer", member: memberOf(client) },
    ...{ agreement: answer.agreement.id, client, service: service.id, purpose: purpose?.id ?? null },
    time: services.clock.now(),
  });
}
