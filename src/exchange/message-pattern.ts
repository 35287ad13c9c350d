import { isReserved } from "../catalogue/reserved-codes.ts";
import type { ServiceDescription } from "../catalogue/service-description.ts";
import type { ClientId, ServiceId } from "../core/ids.ts";
import { providerOf } from "../core/ids.ts";

/** Who gives data in an exchange, and who gets it. */
export interface DisclosureParties {
  readonly discloser: ClientId;
  readonly recipient: ClientId;
}

/** Whether an exchange is a message: the consumer discloses in the request, and the provider receives. */
export function isMessage({
  description,
  target,
}: {
  readonly description: ServiceDescription | undefined;
  readonly target: { readonly service: ServiceId };
}): boolean {
  return pushes(description) && !isReserved(target.service);
}

/** Who discloses in an exchange of a service, and to whom. @param description undefined where it is not known any more */
export function disclosureParties(
  client: ClientId,
  service: ServiceId,
  description: Pick<ServiceDescription, "document"> | undefined,
): DisclosureParties {
  const provider = providerOf(service);
  return pushes(description)
    ? { discloser: client, recipient: provider }
    : { discloser: provider, recipient: client };
}

function pushes(description: Pick<ServiceDescription, "document"> | undefined): boolean {
  return description?.document.pattern === "message";
}
