import type { AgreementDesk } from "../../admin/agreement-desk.ts";
import type { Json } from "../../core/canonical-json.ts";
import type { Clock } from "../../core/clock.ts";
import { orderAgreement } from "../order-agreement.ts";
import type { ServerConfiguration } from "../server-configuration.ts";
import { makeUseReport } from "../use-report/make-use-report.ts";
import type { Turns } from "./turns.ts";

/**
 * Agreements of the running server's members, by its order socket; and their use, read beside it.
 * @param turns of all who read the log for people
 */
export function agreementDesk(configuration: ServerConfiguration, clock: Clock, turns: Turns): AgreementDesk {
  return {
    show: async (agreement) =>
      (await orderAgreement(configuration, { order: "agreement show", agreement })) as unknown as Json,
    request: async (terms, answers) => {
      const documents = { document: inBase64(terms), answers: inBase64(answers) };
      return (await orderAgreement(configuration, {
        order: "agreement request",
        ...documents,
      })) as unknown as Json;
    },
    change: async (terms, reason, as) => {
      const order = { order: "agreement change", document: inBase64(terms), reason, as } as const;
      return (await orderAgreement(configuration, order)) as unknown as Json;
    },
    // It reads every exchange of the period.
    use: (period) => turns.take(() => makeUseReport(configuration, period, clock, () => undefined)),
  };
}

function inBase64(document: Json): string {
  return Buffer.from(JSON.stringify(document)).toString("base64");
}
