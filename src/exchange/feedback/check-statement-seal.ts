import { SealwayError } from "../../core/errors.ts";
import type { ClientId } from "../../core/ids.ts";
import { memberOf } from "../../core/ids.ts";
import type { Certificate } from "../../pki/certificate.ts";
import type { GatewayServices } from "../gateway-services.ts";
import { required } from "../required.ts";

/**
 * Checks that the certificate of a statement is a seal of the member of a subsystem, on the server that serves it, now.
 * @throws SealwayError `certificate_unknown`, `certificate_wrong_member`, `certificate_chain`, `certificate_expired`
 */
export function checkStatementSeal(
  { clock, judge, trust }: Pick<GatewayServices, "clock" | "judge" | "trust">,
  certificate: Certificate,
  signer: ClientId,
): void {
  const { directory } = trust();
  const now = clock.now();
  const seal = directory.seal(certificate.fingerprint, now);
  if (seal === undefined)
    throw new SealwayError("certificate_unknown", "the statement's seal is not registered");
  const { id } = required(directory.serverOf(signer));
  const isOwn = seal.member === memberOf(signer) && seal.servers.includes(id);
  if (!isOwn || !certificate.keyUsage.has("nonRepudiation"))
    throw new SealwayError("certificate_wrong_member", "the statement is not by the seal of who sends it");
  judge.checkChain(certificate, seal.issuer, now);
}
