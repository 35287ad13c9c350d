import { SealwayError } from "../../core/errors.ts";
import type { MemberId, ServerId } from "../../core/ids.ts";
import { parseStatement, type StatementPayload, signStatement } from "../../message/signed-statement.ts";
import type { Certificate } from "../../pki/certificate.ts";
import type { Signer } from "../../pki/signer.ts";
import { checkControl } from "./control-schemas.ts";
import { hourMs, type PairHour, type Sum } from "./pair-hour.ts";

/** The `typ` of a signed statement of one hour. */
export const hourStatementType = "sealway-statement+jws";

/** `schemas/control/v1/statement.schema.json`. */
export interface HourStatement extends StatementPayload {
  readonly v: 1;
  readonly member: MemberId;
  readonly server: ServerId;
  readonly peer: MemberId;
  readonly peerServer: ServerId;
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly root: string;
}

export interface StatementToSign {
  readonly instance: string;
  /** Now, milliseconds. */
  readonly time: number;
  readonly hour: PairHour;
  readonly sum: Sum;
}

/** @returns the compact JWS @throws SealwayError `signer_unavailable` */
export function signHourStatement(
  signer: Signer,
  { instance, time, hour, sum }: StatementToSign,
): Promise<Buffer> {
  const { member, server, peer, peerServer, from } = hour;
  const { count, root } = sum;
  const pair = { member, server, peer, peerServer };
  const payload: HourStatement = { v: 1, instance, time, ...pair, from, to: from + hourMs, count, root };
  return signStatement(signer, hourStatementType, payload);
}

/** A statement whose signature fits the certificate in it; whose that is, the caller judges. */
export interface ParsedHourStatement {
  readonly bytes: Buffer;
  readonly statement: HourStatement;
  readonly certificate: Certificate;
}

/** @throws SealwayError `malformed_statement`, `invalid_signature` */
export function parseHourStatement(bytes: Buffer): ParsedHourStatement {
  const { payload, certificate } = parseStatement<HourStatement>(bytes, hourStatementType);
  checkControl("statement payload", payload, "malformed_statement");
  if (payload.from % hourMs !== 0 || payload.to !== payload.from + hourMs)
    throw new SealwayError("malformed_statement", "statement: it is not about one full hour");
  return { bytes, statement: payload, certificate };
}
