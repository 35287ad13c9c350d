import type { RestrictionDesk } from "../../admin/restriction-desk.ts";
import type { RestrictionDone, RestrictionOrder, RestrictionReports } from "../restriction-orders.ts";
import type { ServerConfiguration } from "../server-configuration.ts";
import { orderServer } from "./order-server.ts";

/** Restrictions by the order socket of the running server, which signs them with the authority's seal. */
export function restrictionDesk({
  stateDirectory,
}: Pick<ServerConfiguration, "stateDirectory">): RestrictionDesk {
  const order = <Order extends RestrictionOrder>(one: Order) =>
    orderServer<RestrictionReports[Order["order"]]>(stateDirectory, one);
  return {
    authorities: async () => (await order({ order: "restriction authorities" })).authorities,
    list: async () => {
      const { restrictions } = await order({ order: "restriction list" });
      return restrictions.map(({ from, reviewBy, until, ...one }) => {
        return {
          ...one,
          from: iso(from),
          reviewBy: iso(reviewBy),
          until: until === null ? null : iso(until),
        };
      });
    },
    order: async (wanted) => told(await order({ order: "restriction order", ...wanted })),
    review: async (id, reviewBy, until) =>
      told(await order({ order: "restriction review", id, reviewBy, until })),
    lift: async (id) => told(await order({ order: "restriction lift", id })),
  };
}

function told({ reviewBy, ...done }: RestrictionDone) {
  return { ...done, reviewBy: iso(reviewBy) };
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
