import { type Disclosure, disclosureOf } from "../policy/disclosure.ts";
import type { ProviderExchange } from "./provider-exchange.ts";
import { required } from "./required.ts";

/** What the permit of an exchange leaves of an answer. @param status HTTP status of the answer */
export function disclosureOfAnswer(
  { agreement, description, endpoint, purpose, trust }: ProviderExchange,
  status: string,
): Disclosure {
  const { withdrawnFields } = trust.catalogue.standingOf(required(description));
  return disclosureOf(required(description), endpoint, status, { agreement, purpose, withdrawnFields });
}
