import { SealwayError } from "../../core/errors.ts";
import type { MemberId, ServerId } from "../../core/ids.ts";
import {
  parseStatement,
  type StatementPayload,
  type StatementType,
  signStatement,
} from "../../message/signed-statement.ts";
import type { Certificate } from "../../pki/certificate.ts";
import type { Signer } from "../../pki/signer.ts";
import { type HeadText, headText } from "./discontinuity.ts";
import type { TreeHead } from "./merkle-tree.ts";

/*
 * A member's word on a checkpoint: with a key of its own, on a device that is too slow for every message, it seals the tree
 * over all batches, and so each message in them. It stands in the log beside the messages and is time-stamped with the next
 * batch.
 */

const type: StatementType = "sealway-checkpoint-seal+jws";

export interface CheckpointSealPayload extends StatementPayload {
  readonly v: 1;
  readonly member: MemberId;
  readonly server: ServerId;
  readonly head: HeadText;
}

/** What is sealed, for whom. */
export interface CheckpointToSeal {
  readonly instance: string;
  readonly member: MemberId;
  readonly server: ServerId;
  /** Now, milliseconds. */
  readonly time: number;
  readonly head: TreeHead;
}

/** @returns the compact JWS @throws SealwayError `signer_unavailable` */
export function sealCheckpoint(
  signer: Signer,
  { instance, member, server, time, head }: CheckpointToSeal,
): Promise<Buffer> {
  const payload: CheckpointSealPayload = { v: 1, instance, time, member, server, head: headText(head) };
  return signStatement(signer, type, payload);
}

/** A seal whose signature fits the certificate in it; whose that is, the caller judges. */
export interface ParsedCheckpointSeal extends Omit<CheckpointToSeal, "instance"> {
  readonly certificate: Certificate;
}

/**
 * @param of whose log it must be about
 * @throws SealwayError `malformed_statement`, `invalid_signature`
 */
export function parseCheckpointSeal(
  bytes: Buffer,
  of: Pick<CheckpointToSeal, "instance" | "server">,
): ParsedCheckpointSeal {
  const { payload, certificate } = parseStatement<CheckpointSealPayload>(bytes, type);
  const { instance, member, server, time, head } = payload;
  if (instance !== of.instance || server !== of.server || typeof member !== "string")
    throw malformed("it is about another log");
  const root = Buffer.from(String(head?.root), "base64url");
  if (!Number.isSafeInteger(head?.size) || head.size < 1 || root.length !== 32)
    throw malformed("its head is malformed");
  return { member, server, time, head: { size: head.size, root }, certificate };
}

function malformed(detail: string): SealwayError {
  return new SealwayError("malformed_statement", `checkpoint seal: ${detail}`);
}
