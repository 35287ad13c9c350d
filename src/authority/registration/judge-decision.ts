import { sha256Base64Url } from "../../core/bytes.ts";
import type { Clock } from "../../core/clock.ts";
import { SealwayError } from "../../core/errors.ts";
import type { MemberId } from "../../core/ids.ts";
import {
  parseRegistrationDecision,
  parseRegistrationQuery,
  type RegistrationDecision,
  type RegistrationQuery,
} from "../../message/registration/registration-decision.ts";
import { parseSignedRequest } from "../../message/registration/registration-request.ts";
import type { Certificate } from "../../pki/certificate.ts";
import { checkPurpose } from "../../pki/certificate-purpose.ts";
import { checkValidity } from "../../pki/chain.ts";
import { approvalOf, checkAnotherPerson } from "../registry/approval-rules.ts";
import type { KeptRequest } from "../registry/kept-request.ts";
import type { RegistryEvent } from "../registry/registry-entry.ts";
import { handOverSigners } from "./check-hand-overs.ts";
import { checkSignersNotRevoked, readSigners, type SignerRules } from "./request-signers.ts";

/** How far from now a decision or query may have been made, milliseconds. */
const window = 5 * 60_000;

/** An officer's word, signature and certificate judged. */
export interface JudgedDecision {
  readonly text: string;
  readonly decision: RegistrationDecision;
  readonly certificate: Certificate;
}

/**
 * Reads what an officer says of a request.
 * @param text attacker-controlled
 * @throws SealwayError `malformed_statement`, `invalid_signature`, `act_not_fresh`, `access_denied` for one who is no
 *   officer, `certificate_*`, `ocsp_*`
 */
export async function judgeDecision(text: string, rules: SignerRules, clock: Clock): Promise<JudgedDecision> {
  const { decision, certificate } = parseRegistrationDecision(text);
  checkStated(decision, rules, clock.now());
  if (decision.decision !== "withdraw") checkOfficer(certificate, rules, clock.now());
  await checkSignersNotRevoked([certificate], rules, clock);
  return { text, decision, certificate };
}

/** Who asks about requests. */
export type Asker = { readonly kind: "officer" } | { readonly kind: "member"; readonly member: MemberId };

/** As `judgeDecision`, for a question. It changes nothing, so that the CA is not asked. */
export function judgeQuery(
  text: string,
  rules: SignerRules,
  now: number,
): { readonly query: RegistrationQuery; readonly asker: Asker } {
  const { query, certificate } = parseRegistrationQuery(text);
  checkStated(query, rules, now);
  const seal = rules.index.seal(certificate.fingerprint, now);
  if (seal !== undefined) {
    checkPurpose(certificate, "seal");
    checkValidity(certificate, now);
    return { query, asker: { kind: "member", member: seal.member } };
  }
  checkOfficer(certificate, rules, now);
  return { query, asker: { kind: "officer" } };
}

/**
 * What a decision makes of a request.
 * @throws SealwayError `transition_refused`, `digest_mismatch`, `access_denied` for the same person again
 */
export function eventOfDecision(
  kept: KeptRequest,
  { text, decision, certificate }: JudgedDecision,
  rules: SignerRules,
  now: number,
): Extract<RegistryEvent, { entry: "decision" }> {
  if (decision.decision !== "withdraw") checkOfficer(certificate, rules, now);
  if (kept.sha256 !== decision.sha256)
    throw new SealwayError("digest_mismatch", "the decision is on another request of this id");
  const approval = approvalOf(certificate, sha256Base64Url);
  const common = { entry: "decision", request: kept.request.id, statement: text, approval } as const;
  if (decision.decision === "withdraw") {
    const reason = `withdrawn by ${requesterOf(kept, certificate, rules, now)}`;
    return { ...common, state: "declined", reason };
  }
  if (decision.decision === "decline") return { ...common, state: "declined", reason: decision.reason };
  checkAnotherPerson(kept.approvals, approval);
  // Who was taken off the list since, counts no more.
  const listed = new Set(rules.officers.map(({ fingerprint }) => fingerprint));
  checkSignersStillGood(kept, rules, listed);
  const others = kept.approvals.filter(({ fingerprint }) => listed.has(fingerprint));
  const isEnough = others.length + 1 >= kept.persons;
  return { ...common, state: isEnough ? "approved" : "requested" };
}

/** @throws SealwayError `access_denied` for any but a good seal of a member that has signed the request */
function requesterOf(
  { members }: KeptRequest,
  certificate: Certificate,
  { index }: SignerRules,
  now: number,
): MemberId {
  const seal = index.seal(certificate.fingerprint, now);
  if (seal === undefined || !members.includes(seal.member))
    throw new SealwayError("access_denied", "who signed has not asked for it");
  checkPurpose(certificate, "seal");
  checkValidity(certificate, now);
  return seal.member;
}

/**
 * What somebody asked for who had got hold of a member's key, is approved by nobody who is told of that in time. An
 * officer who was taken off the list since keeps others' requests from nothing; alone they have asked for nothing.
 */
function checkSignersStillGood(
  { approvals, request, signatures, received }: KeptRequest,
  rules: SignerRules,
  listed: ReadonlySet<string>,
): void {
  const hasLeft = ({ fingerprint }: Certificate) =>
    !listed.has(fingerprint) && approvals.some((one) => one.fingerprint === fingerprint);
  const signers = parseSignedRequest(signatures).signatures.map(({ certificate }) => certificate);
  const certificates = signers.filter((one) => !hasLeft(one));
  const { members, officers } = readSigners(certificates, request.changes, rules, received);
  if (members.size + officers === 0)
    throw new SealwayError("certificate_unknown", "the officer who asked for it is on the list no more");
  const isGood = ({ fingerprint }: Certificate) => rules.index.seal(fingerprint, received) !== undefined;
  if (!handOverSigners(request.changes).every(isGood))
    throw new SealwayError("certificate_unknown", "a hand-over in the request is signed by no good seal");
}

function checkOfficer(certificate: Certificate, { officers }: SignerRules, now: number): void {
  if (!officers.some(({ fingerprint }) => fingerprint === certificate.fingerprint))
    throw new SealwayError("access_denied", "who signed is no officer of the authority");
  checkValidity(certificate, now);
}

function checkStated(
  { instance, time }: { readonly instance: string; readonly time: number },
  { index }: SignerRules,
  now: number,
): void {
  if (instance !== index.content.parameters.instance)
    throw new SealwayError("malformed_statement", `the statement is of instance ${instance}`);
  if (Math.abs(now - time) > window)
    throw new SealwayError("act_not_fresh", `it was signed at ${new Date(time).toISOString()}`);
}
