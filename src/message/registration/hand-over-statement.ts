import { SealwayError } from "../../core/errors.ts";
import { type ClientId, parseClientId, parseServerId, type ServerId } from "../../core/ids.ts";
import type { Certificate } from "../../pki/certificate.ts";
import { parseStatement, type StatementPayload, type StatementType } from "../signed-statement.ts";

/** The `typ` of what the owner of the old server states about a subsystem that moves. */
export const handOverType: StatementType = "sealway-hand-over+jws";

/** What it says; `papers` and `state` are SHA-256 digests (base64url) of what goes along, in their order. */
export interface HandOverPayload extends StatementPayload {
  readonly subsystem: ClientId;
  readonly from: ServerId;
  readonly to: ServerId;
  /** Id of the new server's invitation. */
  readonly invitation: string;
  /** Servers at which the uses that go along were counted; missing in what earlier releases signed. */
  readonly origins?: readonly ServerId[];
  /** Acts on agreements and their receipts. */
  readonly papers: readonly string[];
  /** What is encrypted to the new server. */
  readonly state: readonly string[];
}

/**
 * Reads a statement that anybody may have made. Whether its signer owns the server, its caller judges.
 * @param text a compact JWS
 * @throws SealwayError `malformed_statement`, `invalid_signature`
 */
export function parseHandOverStatement(text: string): {
  readonly payload: HandOverPayload;
  readonly certificate: Certificate;
} {
  const statement = parseStatement<HandOverPayload>(Buffer.from(text, "latin1"), handOverType);
  const { from, invitation, origins = [], papers, state, subsystem, to } = statement.payload;
  const areLists = [origins, papers, state].every((one) => Array.isArray(one));
  const texts = areLists ? [from, invitation, subsystem, to, ...origins] : [];
  if (!areLists || !texts.every((one) => typeof one === "string"))
    throw new SealwayError("malformed_statement", "hand-over: it does not name subsystem and servers");
  parseClientId(subsystem);
  for (const server of [from, to, ...origins]) parseServerId(server);
  return statement;
}
