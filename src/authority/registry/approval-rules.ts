import { SealwayError } from "../../core/errors.ts";
import type { Change, ChangeKind } from "../../message/registration/registration-change.ts";
import type { Certificate } from "../../pki/certificate.ts";
import type { Circumstances, Made } from "./change-rule.ts";
import { changeRules, ruleOf } from "./change-rules.ts";
import type { Approval } from "./kept-request.ts";

/** What a registry sets on the approval of requests. */
export interface ApprovalRules {
  /** Officers who must approve each kind of change. */
  readonly persons: Readonly<Partial<Record<ChangeKind, 1 | 2>>>;
  /** What is approved without one: `all` in a demonstration only. */
  readonly automatic: "all" | readonly ChangeKind[];
  /** Milliseconds until a request expires on which nobody acts. */
  readonly expiry: number;
  /** Milliseconds; see `Circumstances`. */
  readonly compromiseBack: number;
  /** Which classes of members there are; undefined for any. */
  readonly memberClasses: ReadonlySet<string> | undefined;
}

/** What needs no officer unless a registry says otherwise: an owner's word on its own, and certificates that name theirs. */
export const usuallyAutomatic = (Object.keys(changeRules) as ChangeKind[]).filter(
  (kind) => changeRules[kind].automatic !== "never",
);

/** Whether two officers must look at a change, whatever the registry says of its kind. */
export function isGrave(change: Change, circumstances: Circumstances): boolean {
  return ruleOf(change).isGrave?.(change as never, circumstances) ?? false;
}

/**
 * How many officers must approve what a request asks for together.
 * @param asked what officers alone ask to add, in a member's place, two of them must want
 */
export function personsNeeded(
  changes: readonly Change[],
  rules: ApprovalRules,
  asked: Made["asked"],
  circumstances: Circumstances,
): 1 | 2 {
  const each = changes.map((change) => {
    const { kind } = change;
    if (isGrave(change, circumstances)) return 2;
    if (asked === "authority" && changeRules[kind].step === "add") return 2;
    return rules.persons[kind] ?? changeRules[kind].persons;
  });
  return each.includes(2) ? 2 : 1;
}

/**
 * The rule by which a request needs no officer, when there is one.
 * @param isNamed whether the CA names the member in the certificate that a change brings
 */
export function automaticRule(
  changes: readonly Change[],
  { automatic }: ApprovalRules,
  isNamed: (change: Change) => boolean,
  circumstances: Circumstances,
): string | undefined {
  if (automatic === "all") return "all";
  const isFree = (change: Change) =>
    automatic.includes(change.kind) &&
    !isGrave(change, circumstances) &&
    (changeRules[change.kind].automatic !== "named in certificate" || isNamed(change));
  return changes.every(isFree) ? [...new Set(changes.map(({ kind }) => kind))].join(" ") : undefined;
}

/**
 * Whether this person may approve a request too.
 * @param approvals those that there are, the requesting officer's among them
 * @throws SealwayError `access_denied` for a person who asked for it or approved it before
 */
export function checkAnotherPerson(approvals: readonly Approval[], approval: Approval): void {
  const isSame = approvals.some(
    (one) =>
      one.fingerprint === approval.fingerprint ||
      one.spki === approval.spki ||
      one.subject === approval.subject,
  );
  if (isSame)
    throw new SealwayError("access_denied", "this officer has asked for it or approved it: another must");
}

/** What tells an officer from others. */
export function approvalOf(
  { fingerprint, spki, subject }: Certificate,
  digest: (bytes: Buffer) => string,
): Approval {
  return { fingerprint, spki: digest(spki), subject: digest(subject) };
}
