import type { Catalogue } from "../catalogue/catalogue.ts";
import type { ServiceDescription } from "../catalogue/service-description.ts";
import { SealwayError } from "../core/errors.ts";

/**
 * Whether calls of a version are taken.
 * @throws SealwayError `service_suspended` with the provider's reason, `service_archived`
 */
export function checkStanding(catalogue: Catalogue, description: ServiceDescription): void {
  const { state, suspension } = catalogue.standingOf(description);
  const what = `${description.id} ${description.version}`;
  if (state === "suspended")
    throw new SealwayError("service_suspended", `${what}: ${suspension?.reason ?? "no reason is given"}`);
  if (state === "archived") throw new SealwayError("service_archived", `${what} answers no calls any more`);
}
