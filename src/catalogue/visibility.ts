import { type ClientId, type MemberId, memberOf, type ServiceId } from "../core/ids.ts";
import type { Catalogue } from "./catalogue.ts";
import type { DescriptionDocument } from "./description-document.ts";
import type { ServiceDescription } from "./service-description.ts";

/** Who looks at the catalogue. */
export type Viewer =
  | { readonly kind: "anonymous" }
  | {
      readonly kind: "client";
      /** Authenticated. */
      readonly client: ClientId;
      /** Whether the client has an agreement that is in force or will be, as far as this gateway knows. */
      readonly isParty: (service: ServiceId) => boolean;
    }
  | {
      /** People of these members, who see what one of their systems may. */
      readonly kind: "members";
      readonly members: readonly MemberId[];
      readonly isParty: (service: ServiceId) => boolean;
    };

export const anonymous: Viewer = { kind: "anonymous" };

type Seen = Pick<DescriptionDocument, "id" | "visibility" | "entitled">;
type KnownViewer = Exclude<Viewer, { readonly kind: "anonymous" }>;

/** The levels include each other: whoever is a party may be entitled or not, and sees the service all the same. */
const levels: Readonly<
  Record<NonNullable<Seen["visibility"]>, (service: Seen, viewer: KnownViewer) => boolean>
> = {
  all: () => true,
  entitled: (service, viewer) =>
    namesOf(viewer).some((one) => isEntitled(service, one)) || isPartyTo(service, viewer),
  parties: isPartyTo,
};

/**
 * Whether a viewer finds a service. Every listing asks this: what a viewer may not see is answered exactly as if it
 * were not there.
 */
export function isVisibleTo(service: Seen, viewer: Viewer): boolean {
  const { visibility = "all" } = service;
  if (viewer.kind === "anonymous") return visibility === "all";
  return levels[visibility](service, viewer);
}

/**
 * The versions of a service that are in force, for a viewer that may see them; none where the service is not there. Every
 * call asks this: one to a service that its caller may not see is answered exactly as if it were not there.
 */
export function versionsFor(
  catalogue: Pick<Catalogue, "versions">,
  viewer: Viewer,
  service: ServiceId,
): readonly ServiceDescription[] {
  return catalogue.versions(service).filter(({ document }) => isVisibleTo(document, viewer));
}

/** Whether a client would be given an agreement: it is entitled to one, or is of the provider's own member. */
export function mayAsk(service: Seen, client: ClientId): boolean {
  return isEntitled(service, client) || memberOf(client) === memberOf(service.id);
}

/** Whether a client belongs to a member or member class that may ask for an agreement. */
export function isEntitled({ entitled = [] }: Seen, client: ClientId | MemberId): boolean {
  return entitled.some((one) => `${client}/`.startsWith(`${one}/`));
}

function isPartyTo({ id }: Seen, viewer: KnownViewer): boolean {
  const provider = memberOf(id);
  return namesOf(viewer).some((one) => `${one}/`.startsWith(`${provider}/`)) || viewer.isParty(id);
}

function namesOf(viewer: KnownViewer): readonly (ClientId | MemberId)[] {
  return viewer.kind === "client" ? [viewer.client] : viewer.members;
}
