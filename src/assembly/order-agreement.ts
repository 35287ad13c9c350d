import { SealwayError } from "../core/errors.ts";
import type {
  AgreementOrder,
  AgreementPage,
  AgreementReports,
  AgreementsWanted,
  ListedAgreement,
} from "./agreement-orders.ts";
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

/** All agreements that a server holds, by id: by as many orders as they fill pages. @throws as `orderAgreement` */
export async function listAgreements(
  configuration: Pick<ServerConfiguration, "stateDirectory">,
): Promise<readonly ListedAgreement[]> {
  const all: ListedAgreement[] = [];
  let wanted: AgreementsWanted | null = {};
  while (wanted !== null) {
    const page: AgreementPage = await orderAgreement(configuration, { order: "agreement list", ...wanted });
    all.push(...page.agreements);
    wanted = page.after === null ? null : { after: page.after };
  }
  return all;
}
