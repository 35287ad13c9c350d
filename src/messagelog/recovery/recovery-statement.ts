import type { MemberId, ServerId } from "../../core/ids.ts";
import { parseStatement, type StatementPayload, signStatement } from "../../message/signed-statement.ts";
import type { Signer } from "../../pki/signer.ts";
import { checkControl } from "../statement/control-schemas.ts";

/** The `typ` of a signed account of what was lost and recovered. */
export const recoveryType = "sealway-recovery+jws";

/** One exchange that a peer has and this log lost. */
export type LostExchange = {
  /** Exchange id. */
  readonly exchange: string;
  /** The part of the server that lost it. */
  readonly role: "consumer" | "provider";
  /** `recovered`: the peer's package is verified and kept. */
  readonly outcome: "recovered" | "awaited";
  /** SHA-256 of the package that is kept, base64url. */
  readonly package: string | null;
  /** Why there is none: an error code, or what `describeReason` explains. */
  readonly reason: string | null;
};

/** What became of the exchanges of one hour with one other member; `schemas/control/v1/recovery.schema.json`. */
export interface RecoveryStatement extends StatementPayload {
  readonly v: 1;
  /** SHA-256 of the discontinuity record, base64url. */
  readonly discontinuity: string;
  readonly member: MemberId;
  readonly server: ServerId;
  readonly peer: MemberId;
  readonly peerServer: ServerId;
  /** The hour, milliseconds. */
  readonly from: number;
  /** Those of which something is new; the newest statement about an exchange counts. */
  readonly exchanges: readonly LostExchange[];
  /** Parts of the hour that were not looked into. */
  readonly unresolved: number;
}

/** Of more exchanges there are several statements. */
export const mostExchanges = 1000;

/** @returns the compact JWS @throws SealwayError `signer_unavailable` */
export function signRecovery(signer: Signer, statement: RecoveryStatement): Promise<Buffer> {
  return signStatement(signer, recoveryType, statement);
}

/** @throws SealwayError `malformed_statement`, `invalid_signature` */
export function parseRecovery(bytes: Buffer): RecoveryStatement {
  const { payload } = parseStatement<RecoveryStatement>(bytes, recoveryType);
  checkControl("recovery payload", payload, "malformed_statement");
  return payload;
}
