import { sha256Base64Url } from "../../core/bytes.ts";
import { SealwayError } from "../../core/errors.ts";
import { parseStrictJson } from "../../core/strict-json.ts";
import {
  type HandOverPayload,
  handOverType,
  parseHandOverStatement,
} from "../../message/registration/hand-over-statement.ts";
import { type StatementPayload, signStatement } from "../../message/signed-statement.ts";
import type { Certificate } from "../../pki/certificate.ts";
import type { Signer } from "../../pki/signer.ts";

/** An act on an agreement, or a receipt of one, as it was signed. */
export interface Paper {
  readonly kind: "agreement-act" | "agreement-receipt";
  readonly text: string;
}

export interface HandOver {
  /** The compact JWS by which the governing authority knows of it. */
  readonly statement: string;
  readonly payload: HandOverPayload;
  readonly certificate: Certificate;
  readonly papers: readonly Paper[];
}

/** Of a file, bytes: what a hundred thousand acts need. */
export const mostHandOverBytes = 256 * 1024 * 1024;

/** @returns the file. @throws SealwayError `signer_unavailable` */
export async function serializeHandOver(
  signer: Signer,
  payload: Omit<HandOverPayload, "papers">,
  papers: readonly Paper[],
): Promise<Buffer> {
  const digests = papers.map(({ text }) => sha256Base64Url(Buffer.from(text, "latin1")));
  const whole = { ...payload, papers: digests } as unknown as StatementPayload;
  const statement = await signStatement(signer, handOverType, whole);
  return Buffer.from(`${JSON.stringify({ v: 1, statement: statement.toString("latin1"), papers })}\n`);
}

/**
 * Reads a file that anybody may have made. Who signed it, and each of the papers, its caller judges.
 * @throws SealwayError `malformed_statement`, `invalid_signature`
 */
export function parseHandOver(bytes: Buffer): HandOver {
  const file = parseStrictJson(bytes, "malformed_statement") as { statement?: unknown; papers?: unknown };
  if (typeof file?.statement !== "string" || !Array.isArray(file.papers) || !file.papers.every(isPaper))
    throw malformed("the file has not its form");
  const { payload, certificate } = parseHandOverStatement(file.statement);
  const papers: readonly Paper[] = file.papers;
  const found = papers.map(({ text }) => sha256Base64Url(Buffer.from(text, "latin1")));
  if (found.join() !== payload.papers.join())
    throw malformed("its papers are not those that were signed for");
  return { statement: file.statement, payload, certificate, papers };
}

function isPaper(value: unknown): value is Paper {
  const { kind, text } = (value ?? {}) as Partial<Record<keyof Paper, unknown>>;
  return (kind === "agreement-act" || kind === "agreement-receipt") && typeof text === "string";
}

function malformed(detail: string): SealwayError {
  return new SealwayError("malformed_statement", `hand-over: ${detail}`);
}
