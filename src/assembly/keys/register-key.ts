import type { Clock } from "../../core/clock.ts";
import { SealwayError } from "../../core/errors.ts";
import { type MemberId, memberOf } from "../../core/ids.ts";
import type { Change } from "../../message/registration/registration-change.ts";
import type { Signer } from "../../pki/signer.ts";
import { loadAnchor } from "../../trust/anchor.ts";
import {
  makeRegistrationRequest,
  type RegistrationStatus,
  sendRegistrationRequest,
} from "../registration.ts";
import { readPassphrase } from "../secrets.ts";
import type { ServerConfiguration } from "../server-configuration.ts";
import type { HeldKey } from "./key-folder.ts";
import { loadMemberSigners, openSigner } from "./keys-in-use.ts";
import { keyNamed } from "./make-key.ts";

/**
 * Asks the governing authority to register a key's certificate beside those that are registered. It is used by itself
 * once it is.
 * @param seal the member's in use
 * @throws SealwayError `authority_unreachable`, `enrolment_failed` with the authority's own word
 */
async function registerKey(
  configuration: ServerConfiguration,
  key: HeldKey,
  seal: Signer,
  clock: Clock,
): Promise<RegistrationStatus> {
  const { server, mirrors } = configuration;
  const [certificate] = key.certificates;
  if (certificate === undefined)
    throw new SealwayError("bad_request", `${key.name} has no certificate: import one`);
  const der = certificate.der.toString("base64");
  const change: Change =
    key.use === "seal"
      ? { kind: "seal-add", member: key.of as MemberId, certificate: der, servers: [server] }
      : { kind: "server-certificate-add", server, certificate: der };
  const passphrase = await readPassphrase(configuration.passphraseFile);
  const own = await openSigner({ files: key.files, certificate }, passphrase);
  const request = makeRegistrationRequest(await loadAnchor(configuration.anchor), [change], clock);
  const answer = await sendRegistrationRequest(mirrors, request, [seal, own]);
  if (answer.kind === "taken") return answer.taken;
  throw new SealwayError("enrolment_failed", `${answer.code}: ${answer.detail}`);
}

/** The same, sealed by the member that the key is for, or the server's owner. @param name of the key */
export async function registerHeldKey(
  configuration: ServerConfiguration,
  name: string,
  clock: Clock,
): Promise<RegistrationStatus> {
  const key = await keyNamed(configuration, name);
  const member = key.use === "seal" ? (key.of as MemberId) : memberOf(configuration.server);
  // The new one is none of the member's yet: before a server has ever run it would be taken for the one in use.
  const signers = await loadMemberSigners(configuration, key.certificates[0]?.fingerprint);
  const seal = signers.get(member);
  if (seal === undefined) throw new SealwayError("signer_unavailable", `${member} has no seal here`);
  return registerKey(configuration, key, seal, clock);
}
