import { sha256, toBase64Url } from "../core/bytes.ts";
import { type StatementPayload, signStatement } from "../message/signed-statement.ts";
import type { Signer } from "../pki/signer.ts";
import type { ContextKind, MessageLog } from "./message-record.ts";

/*
 * What a member's systems told of what people are asked for: forms that were checked, and counts of cases. The report on
 * use rests on it; it names no persons.
 */

/** The `typ` of a checked form. */
export const checkedFormType = "sealway-checked-form+jws";

/** A form was held against the catalogue: by whom, when, and what it asks people for. */
export interface CheckedForm extends StatementPayload {
  /** The subsystem whose form it is. */
  readonly who: string;
  /** As its owner calls it, or its digest: the newest check of a name counts. */
  readonly name: string;
  /** base64url SHA-256 of the form. */
  readonly form: string;
  /** Elements that people are asked for, and how sure it is; `not-held`: by no register that the member sees. */
  readonly collected: readonly { readonly element: string; readonly confidence: string }[];
  readonly questions: number;
  /** Questions that were not recognised: what they ask for is not known. */
  readonly unknown: number;
}

/** The `typ` of counts of cases. */
export const caseCountsType = "sealway-case-counts+jws";

/** In how many cases an element was asked of the person all the same. */
export interface CaseCount {
  readonly [name: string]: string | number;
  readonly element: string;
  /** Dates (ISO 8601), both included. */
  readonly from: string;
  readonly to: string;
  readonly cases: number;
  readonly collected: number;
}

export interface CaseCounts extends StatementPayload {
  /** The subsystem whose cases they are. */
  readonly who: string;
  readonly counts: readonly CaseCount[];
}

/** @throws SealwayError `log_unavailable`, `signer_unavailable` */
export function keepCheckedForm(log: Log, signer: Signer, form: CheckedForm): Promise<void> {
  return keep(log, "checked-form", signStatement(signer, checkedFormType, form));
}

/** @throws SealwayError `log_unavailable`, `signer_unavailable` */
export function keepCaseCounts(log: Log, signer: Signer, counts: CaseCounts): Promise<void> {
  return keep(log, "case-counts", signStatement(signer, caseCountsType, counts));
}

type Log = Pick<MessageLog, "keep">;

async function keep(log: Log, kind: ContextKind, signed: Promise<Buffer>): Promise<void> {
  const bytes = await signed;
  await log.keep({ kind, sha256: toBase64Url(sha256(bytes)), bytes });
}
