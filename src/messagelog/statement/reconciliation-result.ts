import type { MemberId, ServerId } from "../../core/ids.ts";
import { parseStatement, type StatementPayload, signStatement } from "../../message/signed-statement.ts";
import type { Signer } from "../../pki/signer.ts";
import { checkControl } from "./control-schemas.ts";

/** The `typ` of a signed result. */
export const reconciliationType = "sealway-reconciliation+jws";

/** What is wrong with one exchange; `schemas/control/v1/README.md` says what each means. */
export type EntryFinding = {
  readonly exchange: string;
  readonly finding: "missing-here" | "missing-there" | "different" | "not-received";
  readonly part: "exchange" | "request" | "answer";
};

/** What became of one hour with one other member; `schemas/control/v1/reconciliation.schema.json`. */
export interface ReconciliationResult extends StatementPayload {
  readonly v: 1;
  readonly member: MemberId;
  readonly server: ServerId;
  readonly peer: MemberId;
  readonly peerServer: ServerId;
  readonly from: number;
  readonly outcome: "agreed" | "differs" | "silent" | "conflict";
  readonly reason: string | null;
  readonly findings: readonly EntryFinding[];
  readonly unresolved: number;
}

/** More findings of one hour are counted, not listed. */
export const mostFindings = 1000;

/** @returns the compact JWS @throws SealwayError `signer_unavailable` */
export function signReconciliation(signer: Signer, result: ReconciliationResult): Promise<Buffer> {
  return signStatement(signer, reconciliationType, result);
}

/** @throws SealwayError `malformed_statement`, `invalid_signature` */
export function parseReconciliation(bytes: Buffer): ReconciliationResult {
  const { payload } = parseStatement<ReconciliationResult>(bytes, reconciliationType);
  checkControl("reconciliation payload", payload, "malformed_statement");
  return payload;
}

/** Whether somebody must look into it: an answer that got lost on its way, as both logs say, is nobody's fault. */
export function isAlarming({ outcome, findings, unresolved }: ReconciliationResult): boolean {
  if (outcome !== "differs") return outcome !== "agreed";
  return unresolved > 0 || findings.some(({ finding }) => finding !== "not-received");
}
