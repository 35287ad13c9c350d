import { open } from "node:fs/promises";
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

/*
 * What one server hands over to another: lines of JSON, of which the first is the signed statement, and each other one a
 * part that the statement names by its digest. Neither server has to do anything with all of it at once.
 */

/** An act on an agreement, or a receipt of one, as it was signed. */
export interface Paper {
  readonly kind: "agreement-act" | "agreement-receipt";
  readonly text: string;
}

/** An envelope, as `moved-state.ts` has them. */
interface SealedPart {
  readonly kind: "state";
  readonly text: string;
}

export interface HandOver {
  /** The compact JWS by which the governing authority knows of it. */
  readonly statement: string;
  readonly payload: HandOverPayload;
  readonly certificate: Certificate;
  readonly papers: readonly Paper[];
  readonly sealed: readonly string[];
}

/** Of a file, bytes. */
const mostBytes = 256 * 1024 * 1024;
/** Of one line, characters. */
const longestLine = 2 * 1024 * 1024;

/**
 * @returns the statement, and the lines of the file
 * @throws SealwayError `signer_unavailable`; `bad_request` when it is longer than anybody reads
 */
export async function makeHandOver(
  signer: Signer,
  payload: Omit<HandOverPayload, "papers" | "state">,
  { papers, sealed }: Pick<HandOver, "papers" | "sealed">,
): Promise<{ readonly statement: Buffer; readonly lines: readonly string[] }> {
  const whole = { ...payload, papers: papers.map(({ text }) => digestOf(text)), state: sealed.map(digestOf) };
  const statement = await signStatement(signer, handOverType, whole as unknown as StatementPayload);
  const state = sealed.map((text): SealedPart => ({ kind: "state", text }));
  const all = [{ v: 1, statement: statement.toString("latin1") }, ...papers, ...state];
  const lines = all.map((one) => `${JSON.stringify(one)}\n`);
  const length = lines.reduce((sum, line) => sum + line.length, 0);
  if (length > mostBytes)
    throw new SealwayError("bad_request", `hand-over: it has ${length} bytes, ${mostBytes} are read`);
  return { statement, lines };
}

/**
 * Reads a file that anybody may have made. Who signed it, and each of its parts, its caller judges.
 * @throws SealwayError `malformed_statement`, `invalid_signature`; Error of the file system
 */
export async function readHandOver(path: string): Promise<HandOver> {
  const file = await open(path);
  try {
    if ((await file.stat()).size > mostBytes) throw malformed("the file is too long");
    let statement: string | undefined;
    const papers: Paper[] = [];
    const sealed: string[] = [];
    for await (const line of file.readLines({ encoding: "latin1", autoClose: false })) {
      if (statement === undefined) {
        statement = statementIn(line);
        continue;
      }
      const part = partIn(line);
      if (part.kind === "state") sealed.push(part.text);
      else papers.push(part);
    }
    return { ...checkParts(statement ?? "", papers, sealed), papers, sealed };
  } finally {
    await file.close();
  }
}

function checkParts(
  statement: string,
  papers: readonly Paper[],
  sealed: readonly string[],
): Pick<HandOver, "certificate" | "payload" | "statement"> {
  const { payload, certificate } = parseHandOverStatement(statement);
  const found = papers.map(({ text }) => digestOf(text));
  if (found.join() !== payload.papers.join() || sealed.map(digestOf).join() !== payload.state.join())
    throw malformed("its parts are not those that were signed for");
  return { statement, payload, certificate };
}

function statementIn(line: string): string {
  const { statement, v } = parseLine(line);
  if (v !== 1 || typeof statement !== "string") throw malformed("the file has not its form");
  return statement;
}

const kinds: readonly unknown[] = ["agreement-act", "agreement-receipt", "state"];

function partIn(line: string): Paper | SealedPart {
  const { kind, text } = parseLine(line);
  if (!kinds.includes(kind) || typeof text !== "string") throw malformed("the file has not its form");
  return { kind, text } as Paper | SealedPart;
}

function parseLine(line: string): { readonly [name: string]: unknown } {
  if (line.length > longestLine) throw malformed("a line is too long");
  return Object(parseStrictJson(Buffer.from(line, "latin1"), "malformed_statement"));
}

function digestOf(text: string): string {
  return sha256Base64Url(Buffer.from(text, "latin1"));
}

function malformed(detail: string): SealwayError {
  return new SealwayError("malformed_statement", `hand-over: ${detail}`);
}
