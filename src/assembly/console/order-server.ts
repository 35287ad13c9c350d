import { SealwayError } from "../../core/errors.ts";
import { giveOrder } from "../order-socket.ts";

/**
 * Has the running server do what it alone can.
 * @throws SealwayError as the server said it; `server_not_running`
 */
export async function orderServer<Report>(stateDirectory: string, order: object): Promise<Report> {
  const answered = await giveOrder(stateDirectory, order);
  if (answered === undefined)
    throw new SealwayError("server_not_running", "no security server takes orders in its state directory");
  return answered.report as Report;
}
