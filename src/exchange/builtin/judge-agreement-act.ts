import { SealwayError } from "../../core/errors.ts";
import { type ClientId, type MemberId, memberOf, providerOf } from "../../core/ids.ts";
import type { Certificate } from "../../pki/certificate.ts";
import { checkPurpose } from "../../pki/certificate-purpose.ts";
import type { AgreementAct, AgreementSide } from "../../policy/agreements/agreement-act.ts";
import type { GatewayServices } from "../gateway-services.ts";
import { DenialError } from "../problem.ts";
import type { AgreementParties } from "./agreement-desk.ts";

/** Clocks of two servers may differ by this much, milliseconds. */
const skew = 60_000;

type Judges = Pick<GatewayServices, "clock" | "judge" | "trust">;

/** The subsystem on a side of an agreement. */
export function sideOf(
  { consumer, service }: Pick<AgreementAct, "consumer" | "service">,
  side: AgreementSide,
): ClientId {
  return side === "consumer" ? consumer : providerOf(service);
}

export function otherSide(side: AgreementSide): AgreementSide {
  return side === "consumer" ? "provider" : "consumer";
}

/**
 * Whether an act is signed by whom it names: the seal of the member whose step it is.
 * @throws SealwayError `malformed_statement` for one of another instance, `act_not_fresh` for one of the future,
 *   `certificate_…`
 */
export function judgeAgreementSigner(services: Judges, act: AgreementAct, certificate: Certificate): void {
  const { parameters } = services.trust().configuration;
  if (act.instance !== parameters.instance)
    throw new SealwayError("malformed_statement", "act on an agreement: it is of another instance");
  if (act.time > services.clock.now() + skew)
    throw new SealwayError("act_not_fresh", "the act was signed in the future");
  judgeSideSeal(services, memberOf(sideOf(act, act.by)), certificate, act.time);
}

/**
 * Whether a certificate is a seal of the member that was good at a time. What is older comes by a message that the same
 * member signs today: whoever stole a seal that is given up cannot send it.
 * @param at milliseconds
 */
export function judgeSideSeal(
  { judge, trust }: Judges,
  member: MemberId,
  certificate: Certificate,
  at: number,
): void {
  const seal = trust().directory.seal(certificate.fingerprint, at);
  if (seal === undefined)
    throw new SealwayError(
      "certificate_unknown",
      "it is signed by no seal that was registered and good then",
    );
  if (seal.member !== member) throw wrongSigner(`${seal.member} signed for ${member}`);
  checkPurpose(certificate, "seal");
  judge.checkChain(certificate, seal.issuer, at);
}

/**
 * Whether an act comes from who may send it: its maker; between the two subsystems of the agreement and nobody else's.
 * @throws DenialError `builtin.party`
 */
export function checkAgreementParties(act: AgreementAct, { asks, asked }: AgreementParties): void {
  const [consumer, provider] = [act.consumer, providerOf(act.service)];
  const isPair = (asks === consumer && asked === provider) || (asks === provider && asked === consumer);
  if (isPair && asks === sideOf(act, act.by)) return;
  throw new DenialError(
    "access_denied",
    "builtin.party",
    "the act is not of the one that sends it to the one asked",
  );
}

function wrongSigner(detail: string): SealwayError {
  return new SealwayError("certificate_wrong_member", `the act was refused: ${detail}`);
}
