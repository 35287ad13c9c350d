import type { HoldDesk } from "../../admin/hold-desk.ts";
import type { ReportOf, RetentionOrder } from "../../messagelog/retention/retention-orders.ts";
import type { ServerConfiguration } from "../server-configuration.ts";
import { orderServer } from "./order-server.ts";

/** Legal holds, by the order socket: the running server encrypts anew what they keep. */
export function holdDesk({ stateDirectory }: ServerConfiguration): HoldDesk {
  const order = <One extends RetentionOrder>(one: One) => orderServer<ReportOf<One>>(stateDirectory, one);
  const iso = (time: number) => new Date(time).toISOString();
  return {
    list: async () => {
      const { holds } = await order({ order: "list", dryRun: true });
      return holds.map((one) => ({ ...one, placed: iso(one.placed), review: iso(one.review) }));
    },
    place: ({ scope, ...wanted }) =>
      order({ order: "hold", dryRun: false, ...wanted, scope: scope as never }),
    lift: async (hold, reason, by) => (await order({ order: "lift", dryRun: false, hold, reason, by })).keys,
  };
}
