import { SealwayError } from "../../core/errors.ts";
import { parseHandOverStatement } from "../../message/registration/hand-over-statement.ts";
import type { Change, ChangeOf } from "../../message/registration/registration-change.ts";
import type { Certificate } from "../../pki/certificate.ts";
import { checkPurpose } from "../../pki/certificate-purpose.ts";
import { checkValidity } from "../../pki/chain.ts";
import type { RegistryState } from "../registry/registry-state.ts";
import { clientAt } from "../registry/server-clients.ts";
import type { SignerRules } from "./request-signers.ts";

/** How far ahead of ours the old server's clock may be, milliseconds. */
const mostAhead = 5 * 60_000;

/**
 * Whether the hand-overs in a request are what they are given for: said by the owner of the server at which the client
 * is, with a seal that is good now, since it came there, and to the server that the request gives it to.
 * @param state as it is before the request
 * @returns whose CAs have to be asked
 * @throws SealwayError `registration_refused`, `malformed_statement`, `invalid_signature`, `certificate_*`
 */
export function checkHandOvers(
  changes: readonly Change[],
  state: RegistryState,
  rules: Pick<SignerRules, "index">,
  now: number,
): readonly Certificate[] {
  return changes.flatMap((change) =>
    change.kind === "client-add" && change.handOver !== undefined
      ? [checkHandOver({ ...change, handOver: change.handOver }, state, rules, now)]
      : [],
  );
}

/** Who signed the hand-overs in a request that was taken. */
export function handOverSigners(changes: readonly Change[]): readonly Certificate[] {
  return changes.flatMap((change) =>
    change.kind === "client-add" && change.handOver !== undefined
      ? [parseHandOverStatement(change.handOver).certificate]
      : [],
  );
}

function checkHandOver(
  { client, server, handOver }: Required<ChangeOf<"client-add">>,
  state: RegistryState,
  { index }: Pick<SignerRules, "index">,
  now: number,
): Certificate {
  const { certificate, payload } = parseHandOverStatement(handOver);
  const { from, instance, subsystem, time, to } = payload;
  if (instance !== index.content.parameters.instance || subsystem !== client || to !== server)
    throw refused(`it is of ${subsystem} to ${to}`);
  const here = state.standing("client", clientAt(client, from));
  if (here?.state !== "approved") throw refused(`${client} is not at ${from}`);
  // One of an earlier stay says nothing of what there is by now.
  if (time < here.since || time > now + mostAhead)
    throw refused(`it was made at ${new Date(time).toISOString()}`);
  const { owner } = state.server(from);
  if (index.seal(certificate.fingerprint, now)?.member !== owner)
    throw refused(`it is not signed by a good seal of ${owner}, which owns ${from}`);
  checkPurpose(certificate, "seal");
  checkValidity(certificate, now);
  return certificate;
}

function refused(why: string): SealwayError {
  return new SealwayError("registration_refused", `hand-over: ${why}`);
}
