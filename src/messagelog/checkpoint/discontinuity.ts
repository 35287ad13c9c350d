import { SealwayError } from "../../core/errors.ts";
import { checkPersons } from "../../message/judge-act-seal.ts";
import {
  parseStatement,
  type StatementPayload,
  type StatementType,
  signStatement,
} from "../../message/signed-statement.ts";
import type { Signer } from "../../pki/signer.ts";
import type { TreeHead } from "./merkle-tree.ts";

/*
 * A discontinuity record: two officers of a server state that its log goes on from an earlier state, that what came
 * behind it is lost, and why. The record is public: witnesses keep it and show it. It is the same statement, signed
 * twice, a line each.
 */

export const discontinuityType: StatementType = "sealway-discontinuity+jws";

/** Longest record, bytes. */
export const mostRecordBytes = 32 * 1024;
const mostReason = 1000;

export interface DiscontinuityPayload extends StatementPayload {
  readonly server: string;
  readonly reason: string;
  /** The newest state that any witness has seen and that is given up. */
  readonly lost: HeadText;
  /** The state from which the log goes on. */
  readonly kept: HeadText;
}

/** A tree head in JSON; the root in base64url. */
export type HeadText = { readonly size: number; readonly root: string };

/** A record as two officers of the server signed it. */
export interface Discontinuity {
  readonly server: string;
  readonly reason: string;
  /** Milliseconds. */
  readonly time: number;
  readonly lost: TreeHead;
  readonly kept: TreeHead;
  readonly bytes: Buffer;
}

/** Whose signatures count. */
export interface DiscontinuityRules {
  readonly instance: string;
  /** Fingerprints (base64url SHA-256) of the certificates of a server's officers. */
  officersOf(server: string): ReadonlySet<string> | undefined;
}

/** @throws SealwayError `signer_unavailable` */
export async function signDiscontinuity(signer: Signer, payload: DiscontinuityPayload): Promise<Buffer> {
  return Buffer.concat([await signStatement(signer, discontinuityType, payload), Buffer.from("\n")]);
}

/**
 * Adds the second officer's signature.
 * @param record with one signature, which is verified here
 * @throws SealwayError `malformed_statement`, `invalid_signature`, `signer_unavailable`
 */
export async function countersignDiscontinuity(signer: Signer, record: Buffer): Promise<Buffer> {
  const { payload } = parseStatement<DiscontinuityPayload>(lineOf(record, 0), discontinuityType);
  return Buffer.concat([record, await signDiscontinuity(signer, payload)]);
}

/** What a record with any number of signatures states; to be shown to who is asked to sign it. */
export function readDiscontinuity(record: Buffer): DiscontinuityPayload {
  return parseStatement<DiscontinuityPayload>(lineOf(record, 0), discontinuityType).payload;
}

/**
 * Reads a record that anybody may have sent, and judges who signed it.
 * @throws SealwayError `malformed_statement`, `invalid_signature`; `access_denied` unless two distinct officers of the
 * server signed the same
 */
export function verifyDiscontinuity(record: Buffer, rules: DiscontinuityRules): Discontinuity {
  if (record.length > mostRecordBytes) throw malformed("it is too long");
  const lines = record.toString("latin1").split("\n");
  if (lines.pop() !== "" || lines.length !== 2) throw denied("it has not two signatures");
  const [first, second] = lines.map((_, i) =>
    parseStatement<DiscontinuityPayload>(lineOf(record, i), discontinuityType),
  );
  const { payload } = first!;
  if (JSON.stringify(payload) !== JSON.stringify(second!.payload))
    throw denied("the two signed different things");
  if (payload.instance !== rules.instance) throw malformed("it is of another instance");
  const { server, reason, time } = payload;
  if (typeof server !== "string" || typeof reason !== "string" || reason.length > mostReason) {
    throw malformed("server or reason is not a text");
  }
  const officers = rules.officersOf(server);
  const [one, other] = [first!.certificate, second!.certificate];
  if (!officers?.has(one.fingerprint) || !officers.has(other.fingerprint))
    throw denied("who signed is no officer");
  checkPersons([one, other]);
  return { server, reason, time, lost: headOf(payload.lost), kept: headOf(payload.kept), bytes: record };
}

export function headText({ size, root }: TreeHead): HeadText {
  return { size, root: root.toString("base64url") };
}

function headOf(text: HeadText | undefined): TreeHead {
  const root = Buffer.from(String(text?.root), "base64url");
  if (!Number.isSafeInteger(text?.size) || text!.size < 0 || root.length !== 32)
    throw malformed("a head is malformed");
  return { size: text!.size, root };
}

function lineOf(record: Buffer, index: number): Buffer {
  return Buffer.from(record.toString("latin1").split("\n")[index] ?? "", "latin1");
}

function malformed(detail: string): SealwayError {
  return new SealwayError("malformed_statement", `discontinuity record: ${detail}`);
}

function denied(detail: string): SealwayError {
  return new SealwayError("access_denied", `discontinuity record: ${detail}`);
}
