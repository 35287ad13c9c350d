import type { Logger } from "pino";
import type { GatewayServices } from "../exchange/gateway-services.ts";
import type { Alarm } from "../http/health-interface.ts";
import type { AgreementFinding } from "../policy/agreement-codes.ts";
import { agreementCodes } from "../policy/agreement-codes.ts";

type Services = Pick<GatewayServices, "agreementsInForce" | "trust">;

/** Tells the operator of agreements that grant nothing by the catalogue in use: an alarm each, and one line each. */
export class AgreementWatch {
  readonly #logger: Logger;
  #told = new Set<string>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** @throws SealwayError `configuration_expired` */
  alarms({ agreementsInForce, trust }: Services): Alarm[] {
    const refused = agreementsInForce.refused(trust().catalogue);
    const lines = refused.map(({ agreement, findings }) => {
      const why = findings.map(({ code, place, detail }) => ({ code, place, detail }));
      return { key: JSON.stringify([agreement.id, why]), agreement: agreement.id, why };
    });
    for (const { key, agreement, why } of lines) {
      if (!this.#told.has(key)) this.#logger.warn({ agreement, why }, "an agreement grants nothing");
    }
    this.#told = new Set(lines.map(({ key }) => key));
    return refused.map(({ agreement, findings }) => alarmOf(agreement.id, findings[0]!));
  }
}

function alarmOf(about: string, { code, place, detail }: AgreementFinding): Alarm {
  const { title, remedy } = agreementCodes[code];
  const found = `${about} grants nothing: ${code} at ${place}: ${title}${detail === "" ? "" : ` (${detail})`}`;
  return { code: "agreement_refused", severity: "warning", about, detail: found, remedy };
}
