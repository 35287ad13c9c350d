import type { Clock } from "../core/clock.ts";
import { SealwayError } from "../core/errors.ts";
import type { EvidenceDesk } from "../exchange/builtin/evidence-desk.ts";
import type { LogDesk } from "../messagelog/desk/log-desk.ts";

/** How far back a query id is looked for where the index is not there yet, milliseconds: by a walk over all records. */
const queryIdWindow = 24 * 3_600_000;

/** Walks at once; one more is refused. */
const mostWalks = 2;

/** What parties may ask of the log, answered by the thread beside the traffic. */
export function openEvidenceDesk(desk: LogDesk, clock: Clock, window = queryIdWindow): EvidenceDesk {
  let walks = 0;
  return {
    parts: (exchangeId) => desk.ask("parts", { exchangeId }),
    agreementUses: (question) => desk.ask("agreementUses", question),
    pack: (wanted) => desk.ask("evidence", wanted),
    ofQueryId: async (subsystem, queryId) => {
      if (walks >= mostWalks) throw new SealwayError("overloaded", "query ids are being looked for already");
      walks++;
      try {
        const to = clock.now() + 60_000;
        return await desk.ask("byQueryId", { subsystem, queryId, from: to - window, to });
      } finally {
        walks--;
      }
    },
  };
}
