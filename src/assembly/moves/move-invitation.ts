import { SealwayError } from "../../core/errors.ts";
import { type ClientId, parseClientId, parseServerId, type ServerId } from "../../core/ids.ts";
import { isUuidV7 } from "../../core/uuid.ts";
import {
  parseStatement,
  type SignedStatement,
  type StatementPayload,
} from "../../message/signed-statement.ts";

/** The `typ` of what the owner of a server states when it invites a subsystem. */
export const invitationType = "sealway-move-invitation+jws";

export interface MoveInvitation extends StatementPayload {
  /** UUIDv7. */
  readonly id: string;
  readonly subsystem: ClientId;
  /** The server that is to hand over. */
  readonly from: ServerId;
  /** The one that invites. */
  readonly to: ServerId;
  /** To whom what names persons is encrypted: an uncompressed point of P-256, base64url. */
  readonly key: string;
}

/**
 * Reads an invitation that anybody may have made. Whether its signer owns the server, its caller judges.
 * @throws SealwayError `malformed_statement`, `invalid_signature`
 */
export function parseMoveInvitation(bytes: Buffer): SignedStatement<MoveInvitation> {
  const statement = parseStatement<MoveInvitation>(bytes, invitationType);
  const { from, id, key, subsystem, to } = statement.payload;
  if (![from, id, key, subsystem, to].every((one) => typeof one === "string") || !isUuidV7(id))
    throw new SealwayError("malformed_statement", "invitation: it does not name subsystem and servers");
  [parseClientId(subsystem), parseServerId(from), parseServerId(to)];
  return statement;
}
