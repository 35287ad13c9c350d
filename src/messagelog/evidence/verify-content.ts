import { sha256, sha512 } from "../../core/bytes.ts";
import { SealwayError } from "../../core/errors.ts";
import { parseStrictJson } from "../../core/strict-json.ts";
import { checkAgreement } from "../../message/agreement-with-head.ts";
import { type Opening, opens } from "../../message/commitment.ts";
import type { Commitment, ExchangeDocument } from "../../message/exchange-document.ts";
import { type Head, parseHead } from "../../message/head.ts";
import { checkOpenings } from "../../message/openings.ts";
import type { ParsedSignature } from "../../message/signature-profile.ts";
import type { FindingCode } from "./finding-codes.ts";
import { headDigestText, isOpeningName, type OpeningName } from "./package-layout.ts";
import { exchangeOf, textDigestOf } from "./read-once.ts";
import type { MessageCase } from "./verify-case.ts";

/** The account of the exchange: there, the one that was signed, in its one form, and in its place. */
export function verifyExchange(
  x: MessageCase,
  signature: ParsedSignature | undefined,
): ExchangeDocument | undefined {
  const { findings, folder, manifest } = x;
  const place = `${folder}/exchange`;
  const bytes = x.files.get("exchange");
  if (bytes === undefined) {
    findings.add("exchange-missing", place);
    return undefined;
  }
  judgeDigest(x, "exchange", bytes, signature);
  const document = attempt(x, "exchange-malformed", place, () => exchangeOf(bytes));
  if (document === undefined) return undefined;
  findings.add("exchange-well-formed", place);
  const { id, instance, type } = document;
  if (id !== manifest.exchangeId || instance !== manifest.instance || type !== folder) {
    findings.add("exchange-misplaced", place, `${type} ${id} of ${instance}`);
  }
  return document;
}

/** The head: the one that was signed and in agreement with the account, or known by its digest alone. */
export function verifyHead(
  x: MessageCase,
  signature: ParsedSignature | undefined,
  document: ExchangeDocument | undefined,
): Head | undefined {
  const { findings, folder, files } = x;
  const place = `${folder}/head`;
  const bytes = files.get("head");
  if (bytes === undefined) {
    verifyAbsentHead(x, signature);
    return undefined;
  }
  judgeDigest(x, "head", bytes, signature);
  const head = attempt(x, "head-malformed", place, () => parseHead(bytes));
  if (head === undefined || document === undefined) return head;
  if (passes(x, "head-contradicts", place, () => checkAgreement(document, head)))
    findings.add("head-agrees", place);
  if (passes(x, "opening-wrong", place, () => checkOpenings(head.openings, document))) {
    if (commitmentCount(document) > 0) findings.add("openings-fit", place);
  }
  return head;
}

function commitmentCount({ user, caseReference, permission, subjects }: ExchangeDocument): number {
  return [user, caseReference, permission].filter((one) => one !== null).length + subjects.length;
}

function verifyAbsentHead(
  { findings, folder, files, entry }: MessageCase,
  signature: ParsedSignature | undefined,
): void {
  const place = `${folder}/head.sha256`;
  findings.add(entry.head === "erased" ? "head-erased" : "head-withheld", `${folder}/head`);
  const text = files.get("head.sha256")?.toString("latin1");
  if (text === undefined) findings.add("head-digest-missing", place);
  else if (signature !== undefined) {
    const signed = headDigestText(Buffer.from(signature.header.head, "base64url"));
    findings.judge(text === signed, "digest-matches", "digest-mismatch", place);
  }
}

/** Single openings, each of which reveals one commitment. */
export function verifyOpenings(
  { findings, folder, files }: MessageCase,
  document: ExchangeDocument | undefined,
): void {
  for (const [path, bytes] of files) {
    const name = /^openings\/(.*)\.json$/.exec(path)?.[1];
    if (name === undefined || document === undefined) continue;
    const fits = isOpeningName(name) && opensIn(document, name, bytes);
    findings.judge(fits, "opening-fits", "opening-wrong", `${folder}/${path}`);
  }
}

function opensIn(document: ExchangeDocument, name: OpeningName, bytes: Buffer): boolean {
  const commitment = commitmentOf(document, name);
  const opening = parseOpening(bytes);
  return commitment != null && opening !== undefined && opens(opening, commitment);
}

function commitmentOf(document: ExchangeDocument, name: OpeningName): Commitment | null | undefined {
  if (name === "user" || name === "caseReference" || name === "permission") return document[name];
  return document.subjects[Number(name.slice("subject-".length))];
}

function parseOpening(bytes: Buffer): Opening | undefined {
  try {
    const { nonce, value } = parseStrictJson(bytes) as { nonce?: unknown; value?: unknown };
    return typeof nonce === "string" && typeof value === "string" ? { nonce, value } : undefined;
  } catch {
    return undefined;
  }
}

/** The body, when it is there: the one that the signed head binds. */
export function verifyBody({ findings, folder, files }: MessageCase, head: Head | undefined): void {
  const place = `${folder}/body`;
  const body = files.get("body");
  if (body === undefined) {
    if (head === undefined || head.body !== null) findings.add("body-not-kept", place);
    return;
  }
  if (head === undefined) {
    findings.add("body-unproven", place);
    return;
  }
  const digest = head.start.kind === "request" ? sha512(body) : sha256(body);
  const matches = head.body !== null && head.body.length === body.length && head.body.digest.equals(digest);
  findings.judge(matches, "body-matches", "body-mismatch", place);
}

function judgeDigest(
  { findings, folder }: MessageCase,
  name: "exchange" | "head",
  bytes: Buffer,
  signature: ParsedSignature | undefined,
): void {
  if (signature === undefined) return;
  const matches = textDigestOf(bytes) === signature.header[name];
  findings.judge(matches, "digest-matches", "digest-mismatch", `${folder}/${name}`);
}

/** The result, or a finding with what was wrong. */
function attempt<Result>(
  { findings }: MessageCase,
  code: FindingCode,
  place: string,
  read: () => Result,
): Result | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof SealwayError)) throw error;
    findings.add(code, place, error.detail);
    return undefined;
  }
}

function passes(x: MessageCase, code: FindingCode, place: string, check: () => void): boolean {
  const passed = attempt(x, code, place, () => {
    check();
    return true;
  });
  return passed === true;
}
