import { sha256, toBase64Url } from "../core/bytes.ts";
import { type StatementPayload, signStatement } from "../message/signed-statement.ts";
import type { Signer } from "../pki/signer.ts";
import type { MessageLog } from "./message-record.ts";

/** The `typ` of the signed record of a read. */
export const accessType = "sealway-access+jws";

/** Somebody read the log: who, why, what and when. Names no person but the reader. */
export interface LogAccess extends StatementPayload {
  /** A subsystem, or how an officer is called. */
  readonly who: string;
  readonly why: string;
  /** Exchange ids, or what was searched for. */
  readonly what: readonly string[];
}

/**
 * Records a read of the log, before its reader gets anything.
 * @throws SealwayError `log_unavailable`, `signer_unavailable`
 */
export async function keepAccess(
  log: Pick<MessageLog, "keep">,
  signer: Signer,
  access: LogAccess,
): Promise<void> {
  const bytes = await signStatement(signer, accessType, access);
  await log.keep({ kind: "access", sha256: toBase64Url(sha256(bytes)), bytes });
}
