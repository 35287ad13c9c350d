import { sha256Base64Url } from "../../core/bytes.ts";
import type { Clock } from "../../core/clock.ts";
import { SealwayError } from "../../core/errors.ts";
import type { MemberId } from "../../core/ids.ts";
import { checkPersons } from "../../message/judge-act-seal.ts";
import type { Change } from "../../message/registration/registration-change.ts";
import type { Certificate } from "../../pki/certificate.ts";
import { checkPurpose } from "../../pki/certificate-purpose.ts";
import { checkValidity } from "../../pki/chain.ts";
import type { ConfigurationIndex } from "../../trust/configuration-index.ts";
import { checkNotRevoked } from "../check-not-revoked.ts";
import { approvalOf } from "../registry/approval-rules.ts";
import type { Signers } from "../registry/judge-signers.ts";
import type { Approval } from "../registry/kept-request.ts";
import { fingerprintOf } from "../registry/registry-state.ts";
import { issuedBy } from "./check-new-certificates.ts";

/** What signatures on requests are judged by. */
export interface SignerRules {
  readonly index: ConfigurationIndex;
  /** Of the authority. */
  readonly officers: readonly Certificate[];
}

/** Who has signed a request, and the officers among them. */
export interface RequestSigners extends Signers {
  readonly approvals: readonly Approval[];
}

/**
 * Whose the certificates are that have signed a request.
 * @param now milliseconds
 * @throws SealwayError `certificate_unknown` for one that is no good seal, no officer's, and none that the request brings;
 *   `certificate_expired`, `certificate_unfit`; `access_denied` when one person signed as two officers
 */
export function readSigners(
  certificates: readonly Certificate[],
  changes: readonly Change[],
  { index, officers }: SignerRules,
  now: number,
): RequestSigners {
  const brought = certificatesIn(changes);
  const members = new Set<MemberId>();
  const signing: Certificate[] = [];
  for (const certificate of certificates) {
    const { fingerprint } = certificate;
    const seal = index.seal(fingerprint, now);
    const first = brought.get(fingerprint);
    if (officers.some((officer) => officer.fingerprint === fingerprint)) {
      checkValidity(certificate, now);
      signing.push(certificate);
    } else if (seal !== undefined) {
      checkPurpose(certificate, "seal");
      checkValidity(certificate, now);
      members.add(seal.member);
    } else if (first === undefined) {
      throw new SealwayError(
        "certificate_unknown",
        "the request is signed by a key that is no good seal, no officer's, and not named in it",
      );
    } else if (first !== "key") members.add(first);
  }
  checkPersons(signing);
  const approvals = signing.map((one) => approvalOf(one, sha256Base64Url));
  const keys = new Set(certificates.map(({ fingerprint }) => fingerprint));
  return { members, officers: approvals.length, keys, approvals };
}

/**
 * By the CA's word of now.
 * @param changes officers whom they bring are judged as those on the list
 * @throws SealwayError `certificate_revoked`, `ocsp_*`
 */
export async function checkSignersNotRevoked(
  certificates: readonly Certificate[],
  { index, officers }: SignerRules,
  clock: Clock,
  changes: readonly Change[] = [],
): Promise<void> {
  const now = clock.now();
  const listed = new Set([
    ...officers.map(({ fingerprint }) => fingerprint),
    ...changes.flatMap((one) => (one.kind === "officer-add" ? [fingerprintOf(one.certificate)] : [])),
  ]);
  const { ocspFreshness } = index.content.parameters;
  const judged = certificates.filter((certificate) => {
    // An authority may list officers whose certificates no CA of the instance has issued: it takes them off the list itself.
    return !listed.has(certificate.fingerprint) || index.issuerOf(certificate) !== undefined;
  });
  await Promise.all(
    judged.map((certificate) => checkNotRevoked(issuedBy(certificate, index, now), now, ocspFreshness)),
  );
}

/**
 * The certificates that a request brings, by fingerprint. A member that joins by this request speaks by the seal that it
 * brings; for any other the seal only proves that it has the key.
 */
function certificatesIn(changes: readonly Change[]): ReadonlyMap<string, MemberId | "key"> {
  const joining = new Set(changes.flatMap((change) => (change.kind === "member-add" ? [change.member] : [])));
  const found = new Map<string, MemberId | "key">();
  for (const change of changes) {
    if (change.kind === "seal-add")
      found.set(fingerprintOf(change.certificate), joining.has(change.member) ? change.member : "key");
    if (change.kind === "officer-add") found.set(fingerprintOf(change.certificate), "key");
    if (change.kind === "server-certificate-add") found.set(fingerprintOf(change.certificate), "key");
    if (change.kind === "server-add")
      for (const der of change.tlsCertificates) found.set(fingerprintOf(der), "key");
  }
  return found;
}
