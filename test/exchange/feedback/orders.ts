import type { CaseworkOrder, CaseworkReports } from "../../../src/assembly/casework-orders.ts";
import { type CaseList, listCases, orderCasework } from "../../../src/assembly/order-casework.ts";
import { openLogReader } from "../../../src/store/sqlite/log-reader.ts";
import { until } from "../../until.ts";
import type { CountryServer } from "../country/server.ts";

/** What a command gets: of a list all of its pages. */
type Got<Order extends CaseworkOrder> = Order["order"] extends CaseList
  ? CaseworkReports[Order["order"]]["cases"]
  : CaseworkReports[Order["order"]];

/** Gives an order to a server of the country, as a command does. */
export async function order<Order extends CaseworkOrder>(
  { stateDirectory }: Pick<CountryServer, "stateDirectory">,
  given: Order,
): Promise<Got<Order>> {
  const isList = given.order.endsWith(" list");
  const got = isList
    ? await listCases({ stateDirectory }, given.order as CaseList)
    : await orderCasework({ stateDirectory }, given);
  return got as Got<Order>;
}

/** What an order reports, given again until it is so: each order also sets off what others must be told. */
export async function reported<Order extends CaseworkOrder>(
  server: CountryServer,
  given: Order,
  isSo: (report: Got<Order>) => boolean,
): Promise<Got<Order>> {
  let report = await order(server, given);
  await until(async () => {
    report = await order(server, given);
    return isSo(report);
  });
  return report;
}

/** The statements of a kind in a server's log, as text: payloads in clear. */
export async function statements(
  { stateDirectory }: CountryServer,
  kind: "feedback" | "correction" | "inquiry",
): Promise<Record<string, unknown>[]> {
  const log = openLogReader(`${stateDirectory}/log`);
  const found = await log.documentsOf(kind);
  log.close();
  return found.map(({ bytes }) => {
    const payload = bytes.toString("latin1").split(".")[1]!;
    return JSON.parse(Buffer.from(payload, "base64url").toString("utf8")) as Record<string, unknown>;
  });
}
