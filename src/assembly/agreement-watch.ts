import type { Logger } from "pino";
import type { GatewayServices } from "../exchange/gateway-services.ts";
import type { Alarm } from "../http/health-interface.ts";
import { agreementCodes } from "../policy/agreement-codes.ts";
import type { ToldAgreement } from "../policy/agreements-in-force.ts";

type Services = Pick<GatewayServices, "agreementsInForce" | "trust">;

const words = {
  refused: { line: "an agreement grants nothing", verdict: "grants nothing", alarm: "agreement_refused" },
  noted: { line: "an agreement should be looked at", verdict: "grants, and yet", alarm: "agreement_noted" },
} as const;

/** Terms that wait for the answer of a side that is served here. */
export interface OpenProposal {
  readonly id: string;
  /** Who proposes them. */
  readonly by: string;
  /** Milliseconds: by law they are in force then, answered or not; null where they are not ordered. */
  readonly deadline: number | null;
}

interface Proposals {
  /** What a side that is served here has not answered yet. */
  openProposals(): readonly OpenProposal[];
}

/**
 * Tells the operator of agreements that grant nothing by the catalogue in use, and of those that somebody should look at:
 * an alarm each, and one line each.
 */
export class AgreementWatch {
  readonly #logger: Logger;
  readonly #proposals: Proposals | undefined;
  #told = new Set<string>();

  constructor(logger: Logger, proposals?: Proposals) {
    this.#logger = logger;
    this.#proposals = proposals;
  }

  /** @throws SealwayError `configuration_expired` */
  alarms({ agreementsInForce, trust }: Services): Alarm[] {
    const told = agreementsInForce.told(trust().catalogue);
    const lines = told.map(({ agreement, effect, findings }) => {
      const why = findings.map(({ code, place, detail }) => ({ code, place, detail }));
      return { key: JSON.stringify([agreement.id, why]), agreement: agreement.id, effect, why };
    });
    for (const { key, agreement, effect, why } of lines) {
      if (!this.#told.has(key)) this.#logger.warn({ agreement, why }, words[effect].line);
    }
    this.#told = new Set(lines.map(({ key }) => key));
    return [...told.map(alarmOf), ...(this.#proposals?.openProposals() ?? []).map(proposalAlarm)];
  }
}

function alarmOf({ agreement: { id: about }, effect, findings }: ToldAgreement): Alarm {
  const { verdict, alarm } = words[effect];
  // Notes of an agreement that is refused are not what is to be mended first.
  const { code, place, detail } = findings.find((one) => agreementCodes[one.code].effect === effect)!;
  const { title, remedy } = agreementCodes[code];
  const found = `${about} ${verdict}: ${code} at ${place}: ${title}${detail === "" ? "" : ` (${detail})`}`;
  return { code: alarm, severity: "warning", about, detail: found, remedy };
}

function proposalAlarm({ id: about, by, deadline }: OpenProposal): Alarm {
  const law = deadline === null ? "" : `; by law they are in force on ${new Date(deadline).toISOString()}`;
  const detail = `the ${by} proposes terms of ${about} and waits for an answer${law}`;
  const remedy = "`sealway agreements show` has them; approve or decline, or change them.";
  return { code: "agreement_proposed", severity: "warning", about, detail, remedy };
}
