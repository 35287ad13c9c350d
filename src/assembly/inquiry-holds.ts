import { SealwayError } from "../core/errors.ts";
import type { HoldOffice } from "../exchange/feedback/inquiry-case.ts";
import type { ReportOf, RetentionOrder } from "../messagelog/retention/retention-orders.ts";

/** Takes orders about retention, one after the other. */
export interface TakesRetentionOrders {
  execute<One extends RetentionOrder>(order: One): Promise<ReportOf<One>>;
}

/** Who places and lifts the holds of inquiries: a rule of this server, at the word of whoever asks and answers. */
const by = ["sealway.inquiry", "the parties of the inquiry"] as const;

/** Where the holds of inquiries are placed. @param office undefined while the server starts */
export function inquiryHolds(office: () => TakesRetentionOrders | undefined): HoldOffice {
  const opened = () => {
    const taker = office();
    if (taker === undefined) throw new SealwayError("draining", "holds cannot be placed yet");
    return taker;
  };
  const holds = async () => (await opened().execute({ order: "list", dryRun: true })).holds;
  return {
    place: async ({ case: of, exchange, review }) => {
      const about = `${of} about ${exchange}`;
      const known = (await holds()).find((one) => one.case === about && one.state !== "lifted");
      if (known !== undefined) return known.hold;
      const placed = await opened().execute({
        ...{ order: "hold", case: about, authority: "sealway.inquiry", review, by, dryRun: false },
        scope: { kind: "exchanges", ids: [exchange] },
      });
      return placed.hold;
    },
    lift: async (hold) => {
      const isLifted = async () =>
        (await holds()).every((one) => one.hold !== hold || one.state === "lifted");
      if (await isLifted()) return;
      const order = { order: "lift", hold, reason: "the inquiry is closed", by, dryRun: false } as const;
      // What was due besides may wait for a time-stamp; the hold itself is lifted before.
      await opened()
        .execute(order)
        .catch(async (error) => {
          if (!(await isLifted())) throw error;
        });
    },
  };
}
