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
  /** Envelopes, as `moved-state.ts` has them. */
  readonly sealed: readonly string[];
}

/** Of a file, bytes: what a hundred thousand acts need. */
export const mostHandOverBytes = 256 * 1024 * 1024;

/**
 * @returns what is signed of it, and the whole file
 * @throws SealwayError `signer_unavailable`; `bad_request` when it is longer than anybody reads
 */
export async function makeHandOver(
  signer: Signer,
  payload: Omit<HandOverPayload, "papers" | "state">,
  { papers, sealed }: Pick<HandOver, "papers" | "sealed">,
): Promise<{ readonly statement: Buffer; readonly file: Buffer }> {
  const whole = { ...payload, papers: papers.map(({ text }) => digestOf(text)), state: sealed.map(digestOf) };
  const statement = await signStatement(signer, handOverType, whole as unknown as StatementPayload);
  const texts = { v: 1, statement: statement.toString("latin1"), papers, sealed };
  const file = Buffer.from(`${JSON.stringify(texts)}\n`);
  if (file.length > mostHandOverBytes)
    throw new SealwayError(
      "bad_request",
      `hand-over: it has ${file.length} bytes, ${mostHandOverBytes} are read`,
    );
  return { statement, file };
}

/**
 * Reads a file that anybody may have made. Who signed it, and each of the papers, its caller judges.
 * @throws SealwayError `malformed_statement`, `invalid_signature`
 */
export function parseHandOver(bytes: Buffer): HandOver {
  const file = Object(parseStrictJson(bytes, "malformed_statement")) as Partial<Record<string, unknown>>;
  const { papers, sealed, statement } = file;
  if (typeof statement !== "string" || !Array.isArray(papers) || !papers.every(isPaper))
    throw malformed("the file has not its form");
  if (!Array.isArray(sealed) || !sealed.every((one) => typeof one === "string"))
    throw malformed("the file has not its form");
  const { payload, certificate } = parseHandOverStatement(statement);
  const found = papers.map(({ text }: Paper) => digestOf(text));
  if (found.join() !== payload.papers.join() || sealed.map(digestOf).join() !== payload.state.join())
    throw malformed("its papers are not those that were signed for");
  return { statement, payload, certificate, papers, sealed };
}

function digestOf(text: string): string {
  return sha256Base64Url(Buffer.from(text, "latin1"));
}

function isPaper(value: unknown): value is Paper {
  const { kind, text } = (value ?? {}) as Partial<Record<keyof Paper, unknown>>;
  return (kind === "agreement-act" || kind === "agreement-receipt") && typeof text === "string";
}

function malformed(detail: string): SealwayError {
  return new SealwayError("malformed_statement", `hand-over: ${detail}`);
}
