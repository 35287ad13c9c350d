import { SealwayError } from "../core/errors.ts";
import { memberOf } from "../core/ids.ts";
import type { GatewayServices } from "../exchange/gateway-services.ts";
import type { AgreementAct } from "../policy/agreements/agreement-act.ts";
import type { AgreementLedger } from "../policy/agreements/agreement-ledger.ts";
import { checkProposal } from "../policy/agreements/check-proposal.ts";

/** Acts on one agreement, and agreements that one member asks for at once: nobody fills memories by them. */
const mostActs = 2_000;
const mostRequests = 1_000;
/** And that were over before anything was in force: who asks and ends by turns comes to an end. */
const mostVainRequests = 5_000;

/**
 * Whether there is room for an act that counts at the other side already. A provider that keeps to its own bound never
 * comes near this one; the last one is an end.
 * @throws SealwayError `act_refused`
 */
export function checkRoom(ledger: Pick<AgreementLedger, "acts">, { act, agreement }: AgreementAct): void {
  if (act !== "end" && ledger.acts(agreement).settled.length >= 2 * mostActs)
    throw new SealwayError("act_refused", `${agreement} has ${2 * mostActs} acts`);
}

/**
 * Whether an act that nobody has taken yet may be taken, beside what the acts before it say.
 * @throws SealwayError `act_refused`, `questionnaire_incomplete`, `bad_request`
 */
export function checkNewAct(
  { agreements, clock, trust }: Pick<GatewayServices, "agreements" | "clock" | "trust">,
  ledger: AgreementLedger,
  act: AgreementAct,
): void {
  const { agreement: id, consumer } = act;
  // The last ones are left for an end.
  if (act.act !== "end" && ledger.acts(id).settled.length >= mostActs)
    throw new SealwayError("act_refused", `${id} has ${mostActs} acts: end it, and ask for another one`);
  if (act.act !== "request" && act.act !== "change") return;
  if (agreements.byId(id).some(({ standing }) => standing === undefined))
    throw new SealwayError("act_refused", `the id ${id} is that of a file in the agreements directory`);
  if (act.act === "request" && ledger.openRequestsOf(memberOf(consumer)) >= mostRequests)
    throw new SealwayError("act_refused", `${mostRequests} requests of the member wait for an answer`);
  if (act.act === "request" && ledger.vainRequestsOf(memberOf(consumer)) >= mostVainRequests)
    throw new SealwayError("act_refused", `${mostVainRequests} requests of the member came to nothing`);
  checkProposal(act, trust().catalogue, clock.now());
}
