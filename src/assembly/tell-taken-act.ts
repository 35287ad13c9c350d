import type { Logger } from "pino";
import type { SealwayError } from "../core/errors.ts";
import type { AgreementAct } from "../policy/agreements/agreement-act.ts";

/** Told of an act of the log, and of why it has no effect, if it has none. */
export type TellsAct = (act: AgreementAct, fault: SealwayError | undefined) => void;

/** Tells the process log of acts, as they are taken. */
export function tellTaken(logger: Logger): TellsAct {
  return ({ agreement, act, by }, fault) => {
    if (fault === undefined) logger.info({ agreement, act, by }, "an act on an agreement is taken");
    else logger.warn({ agreement, act, by, code: fault.code }, "an act on an agreement has no effect");
  };
}
