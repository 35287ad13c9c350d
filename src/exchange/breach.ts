import type { Breach } from "../catalogue/compiled-schemas.ts";
import { breachOfRequest, type DescribedRequest, unread } from "../catalogue/message-breach.ts";
import type { Endpoint, ServiceDescription } from "../catalogue/service-description.ts";
import { SealwayError } from "../core/errors.ts";
import { ConsumerExchange } from "./consumer-exchange.ts";
import type { DescriptionBreach } from "./exchange-monitor.ts";
import type { ProviderExchange } from "./provider-exchange.ts";
import { startOf } from "./request-start.ts";
import { required } from "./required.ts";

type Exchange = ConsumerExchange | ProviderExchange;

/** Whether what breaks a description is delivered all the same: `observe` tells of it and no more. */
export function enforces(description: ServiceDescription): boolean {
  return description.document.validation === "enforce";
}

/** As `enforces`, of answers: two persons can have them delivered for a time. */
export function enforcesAnswers({ description, services, trust }: Exchange): boolean {
  const { observedUntil } = trust.catalogue.standingOf(required(description));
  return (
    enforces(required(description)) && (observedUntil === undefined || services.clock.now() >= observedUntil)
  );
}

/**
 * Holds a request against its description, on either side; opaque services have none that is checked.
 * @param body parsed; undefined when there is none
 * @throws SealwayError `invalid_body`, `invalid_parameter` naming place and keyword where the description is enforced
 */
export function checkRequest(x: Exchange, request: DescribedRequest): void {
  const description = required(x.description);
  if (description.contentKind === "opaque") return;
  const body = description.contentKind === "json" ? request.body : unread;
  const breach = breachOfRequest(required(x.endpoint as Endpoint | undefined).document, { ...request, body });
  if (breach === undefined) return;
  const fate = enforces(description) ? "refused" : "delivered";
  tellBreach(x, { message: "request", breach, fate });
  if (fate === "delivered") return;
  const code = breach.part === "body" ? "invalid_body" : "invalid_parameter";
  throw new SealwayError(code, describeBreach(breach));
}

/** What of a breach anybody may read: it has nothing in it that comes from the message. */
export function describeBreach({ place, keyword }: Breach): string {
  return `it breaks the description at ${place === "" ? "/" : place}: ${keyword}`;
}

/** Tells those who watch. */
export function tellBreach(
  x: Exchange,
  { message, breach, fate }: Pick<DescriptionBreach, "message" | "fate"> & { readonly breach: Breach },
): void {
  const { id, version } = required(x.description);
  const isConsumer = x instanceof ConsumerExchange;
  x.watch.breach({
    role: isConsumer ? "consumer" : "provider",
    exchangeId: x.id,
    service: { id, version },
    endpoint: {
      method: isConsumer ? x.call.method : startOf(x.verified).method,
      template: required(x.endpoint as Endpoint | undefined).template.text,
    },
    ...{ message, fate, place: breach.place, keyword: breach.keyword },
  });
}
