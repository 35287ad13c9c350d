import type { ClientId } from "../../core/ids.ts";
import type { GatewayServices } from "../gateway-services.ts";
import { type AskedPermission, checkedTerms } from "./asked-terms.ts";
import { openRequest } from "./open-request.ts";
import type { HeldPermission } from "./permission-book.ts";

/**
 * Asks a person for a permission; who has asked for the same before finds that request.
 * @param parties who asks, and the subsystem that is to disclose
 * @throws SealwayError as `checkedTerms` and `openRequest`
 */
export async function askPerson(
  services: GatewayServices,
  parties: { readonly asker: ClientId; readonly discloser: ClientId },
  asked: AskedPermission,
): Promise<HeldPermission> {
  const { clock, permissions, trust } = services;
  const now = clock.now();
  const checked = checkedTerms(services, trust(), { ...parties, now }, asked);
  const { person, terms } = checked;
  return (
    (await openRequest(permissions, checked, now)) ??
    permissions.begin(
      { ...terms, state: "requested", act: null, representation: null },
      { person, representative: null, text: null, token: null, key: null },
    )
  );
}
