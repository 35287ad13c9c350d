import { type ClientId, memberOf, providerOf, type ServiceId } from "../core/ids.ts";
import type { Use } from "./read-use.ts";
import type { Party, RegisteredParties } from "./registered-party.ts";

/** From whom data went to whom: the one who asks receives, unless the call itself is what tells. */
export function partiesOf(
  use: Use,
  parties: RegisteredParties,
): { readonly from: Party; readonly to: Party } {
  const provider = parties.subsystem(providerOf(use.service.id as ServiceId));
  const consumer =
    use.unit === "told"
      ? parties.subsystem(use.consumer)
      : parties.member(memberOf(use.consumer as ClientId));
  return use.pattern === "request" ? { from: provider, to: consumer } : { from: consumer, to: provider };
}
