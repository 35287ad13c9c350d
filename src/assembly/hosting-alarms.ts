import { memberOf } from "../core/ids.ts";
import type { ClientSettings } from "../exchange/gateway-services.ts";
import type { Alarm } from "../http/health-interface.ts";
import type { InstancePurpose } from "../trust/global-configuration.ts";

/** Any caller over HTTPS without a credential is at this place. */
const anywhere = "HTTPS without a credential";

/**
 * Where information systems of several members are let in by nothing but the address that they call from, each of them
 * can call as the other. A demonstration has everybody on loopback.
 */
export function hostingAlarms(
  clients: Iterable<Pick<ClientSettings, "id" | "authentication" | "sourceAddresses">>,
  purpose: InstancePurpose,
): Alarm[] {
  if (purpose === "demonstration") return [];
  const membersAt = new Map<string, Set<string>>();
  for (const { authentication, id, sourceAddresses } of clients) {
    const places = authentication === "http" ? sourceAddresses : authentication === "https" ? [anywhere] : [];
    for (const place of places) membersAt.set(place, (membersAt.get(place) ?? new Set()).add(memberOf(id)));
  }
  const shared = [...membersAt].filter(([, members]) => members.size > 1);
  if (shared.length === 0) return [];
  const [[place, members]] = shared as [[string, Set<string>]];
  const detail = `${[...members].join(" and ")} are let in alike: ${place}`;
  const remedy =
    "Give each member's subsystems client certificates or bearer tokens, or addresses of their own.";
  return [{ code: "clients_not_kept_apart", severity: "warning", detail, remedy }];
}
