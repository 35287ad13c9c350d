import { SealwayError } from "../core/errors.ts";
import type { AgreementOrder, AgreementReports } from "./agreement-orders.ts";
import { giveOrder } from "./order-socket.ts";
import type { ServerConfiguration } from "./server-configuration.ts";

/**
 * Has an order about an agreement carried out by the running server, which alone has the members' keys in use.
 * @throws SealwayError as the server said it; `signer_unavailable` when none is running
 */
export async function orderAgreement<Order extends AgreementOrder>(
  { stateDirectory }: Pick<ServerConfiguration, "stateDirectory">,
  order: Order,
): Promise<AgreementReports[Order["order"]]> {
  const answered = await giveOrder(stateDirectory, order);
  if (answered === undefined)
    throw new SealwayError(
      "signer_unavailable",
      "the security server is not running: start it, it signs the act",
    );
  return answered.report as AgreementReports[Order["order"]];
}
