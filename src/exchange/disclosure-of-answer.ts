import { type Disclosure, disclosureOf, type Grounds, removedFields } from "../policy/disclosure.ts";
import type { ProviderExchange } from "./provider-exchange.ts";
import { required } from "./required.ts";

/** What the permit of an exchange leaves of an answer. @param status HTTP status of the answer */
export function disclosureOfAnswer(x: ProviderExchange, status: string): Disclosure {
  return disclosureOf(required(x.description), x.endpoint, status, groundsOf(x));
}

/** The names of what it removes from answers of any status. */
export function removedFromAnswers(x: ProviderExchange): readonly string[] {
  return removedFields(required(x.description), x.endpoint, groundsOf(x));
}

/** What is withdrawn counts at once, for requests that are on their way, too. @throws SealwayError `configuration_expired` */
function groundsOf({ agreement, description, permission, purpose, services }: ProviderExchange): Grounds {
  const { withdrawnFields } = services.trust().catalogue.standingOf(required(description));
  const given = permission === "unknown" ? null : (permission?.permission ?? null);
  return { agreement, permission: given, purpose, withdrawnFields };
}
