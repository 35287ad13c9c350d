import { SealwayError } from "../core/errors.ts";
import type { CasePage, CasesWanted, CaseworkOrder, CaseworkReports } from "./casework-orders.ts";
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

export type CaseList = Extract<CaseworkOrder["order"], `${string} list`>;
type ViewOf<List extends CaseList> = CaseworkReports[List]["cases"][number];

/** All that a server has of a kind, newest first: by as many orders as they fill pages. @throws as `orderCasework` */
export async function listCases<List extends CaseList>(
  configuration: Pick<ServerConfiguration, "stateDirectory">,
  order: List,
): Promise<readonly ViewOf<List>[]> {
  const all: ViewOf<List>[] = [];
  let wanted: CasesWanted | null = {};
  while (wanted !== null) {
    const page = await orderCasework(configuration, { order, ...wanted } as { readonly order: CaseList });
    const { cases, before } = page as CasePage<ViewOf<List>>;
    all.push(...cases);
    wanted = before === null ? null : { before };
  }
  return all;
}
