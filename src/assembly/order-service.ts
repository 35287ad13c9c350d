import { SealwayError } from "../core/errors.ts";
import { giveOrder } from "./order-socket.ts";
import type { ServerConfiguration } from "./server-configuration.ts";
import type { ServiceOrder, ServiceReports } from "./service-orders.ts";

/**
 * Has an order about a service carried out by the running server, which alone has the members' keys in use.
 * @throws SealwayError as the server said it; `signer_unavailable` when none is running
 */
export async function orderService<Order extends ServiceOrder>(
  { stateDirectory }: Pick<ServerConfiguration, "stateDirectory">,
  order: Order,
): Promise<ServiceReports[Order["order"]]> {
  const answered = await giveOrder(stateDirectory, order);
  if (answered === undefined)
    throw new SealwayError(
      "signer_unavailable",
      "the security server is not running: start it, it signs the act",
    );
  return answered.report as ServiceReports[Order["order"]];
}
