import { SealwayError } from "../core/errors.ts";
import type { CaseworkOrder, CaseworkReports } from "./casework-orders.ts";
import { giveOrder } from "./order-socket.ts";
import type { ServerConfiguration } from "./server-configuration.ts";

/**
 * Has an order about feedback, a correction or an inquiry carried out by the running server, which speaks with others.
 * @throws SealwayError as the server said it; `signer_unavailable` when none is running
 */
export async function orderCasework<Order extends CaseworkOrder>(
  { stateDirectory }: Pick<ServerConfiguration, "stateDirectory">,
  order: Order,
): Promise<CaseworkReports[Order["order"]]> {
  const answered = await giveOrder(stateDirectory, order);
  if (answered === undefined)
    throw new SealwayError("signer_unavailable", "the security server is not running: start it");
  return answered.report as CaseworkReports[Order["order"]];
}
