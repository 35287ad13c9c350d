import { SealwayError } from "../core/errors.ts";
import { giveOrder } from "./order-socket.ts";
import type { PermissionOrder, PermissionReports } from "./permission-orders.ts";
import type { ServerConfiguration } from "./server-configuration.ts";

/**
 * Has an order about permissions carried out by the running server, which alone has the provider's seal in use.
 * @throws SealwayError as the server said it; `signer_unavailable` when none is running
 */
export async function orderPermission<Order extends PermissionOrder>(
  { stateDirectory }: Pick<ServerConfiguration, "stateDirectory">,
  order: Order,
): Promise<PermissionReports[Order["order"]]> {
  const answered = await giveOrder(stateDirectory, order);
  if (answered === undefined)
    throw new SealwayError(
      "signer_unavailable",
      "the security server is not running: start it, it signs what becomes of permissions",
    );
  return answered.report as PermissionReports[Order["order"]];
}
