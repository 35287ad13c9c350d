import type { ServiceDescription } from "../catalogue/service-description.ts";
import { isVisibleTo, versionsFor } from "../catalogue/visibility.ts";
import { SealwayError } from "../core/errors.ts";
import type { ClientId, ServiceId } from "../core/ids.ts";
import { viewerOf } from "./catalogue-viewer.ts";
import { checkStanding } from "./check-standing.ts";
import type { GatewayServices, TrustSnapshot } from "./gateway-services.ts";

/** A service as a client names it, and what this server has under the digest that the client names. */
export interface NamedService {
  readonly client: ClientId;
  readonly id: ServiceId;
  readonly found: ServiceDescription | undefined;
}

/**
 * The description by which a client calls, of whatever version. What the client may not see is answered as if it were
 * not there.
 * @throws SealwayError `unknown_service`, `description_mismatch`, `service_suspended`, `service_archived`
 */
export function checkPublished(
  services: GatewayServices,
  { catalogue }: TrustSnapshot,
  { client, id, found }: NamedService,
): ServiceDescription {
  const viewer = viewerOf(services, client);
  if (found?.id === id && isVisibleTo(found.document, viewer)) {
    checkStanding(catalogue, found);
    return found;
  }
  const inForce = versionsFor(catalogue, viewer, id).map(({ version, sha256 }) => `${version}, ${sha256}`);
  if (inForce.length === 0) throw new SealwayError("unknown_service", `Unknown service: ${id}`);
  throw new SealwayError("description_mismatch", `the descriptions in force are ${inForce.join("; ")}`);
}
