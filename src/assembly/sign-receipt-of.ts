import { memberOf } from "../core/ids.ts";
import { sideOf } from "../exchange/builtin/judge-agreement-act.ts";
import type { GatewayServices } from "../exchange/gateway-services.ts";
import { required } from "../exchange/required.ts";
import { type AgreementReceipt, signAgreementReceipt } from "../message/agreement-receipt.ts";
import type { AgreementAct, AgreementSide } from "../policy/agreements/agreement-act.ts";

/**
 * What a side that is served here says of an act on an agreement, signed by its member's seal.
 * @param sha256 of the act
 * @throws SealwayError `signer_unavailable`
 */
export function signReceiptOf(
  { clock, seals, trust }: Pick<GatewayServices, "clock" | "seals" | "trust">,
  act: AgreementAct,
  sha256: string,
  by: AgreementSide,
  said: Pick<AgreementReceipt, "outcome" | "code">,
): Promise<Buffer> {
  const { signer } = required(seals.get(memberOf(sideOf(act, by))));
  const { instance } = trust().configuration.parameters;
  return signAgreementReceipt(signer, {
    ...{ instance, time: clock.now(), act: sha256, agreement: act.agreement, by },
    ...said,
  });
}
