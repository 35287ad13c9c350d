import { fromBase64, fromBase64Url } from "../../core/bytes.ts";
import { type ParsedSignature, parseSignature } from "../../message/signature-profile.ts";
import { unprotectedPart } from "../signature-file.ts";
import { Remembered } from "./remembered.ts";

/** The frozen signature file of a message, as read, nothing verified. */
export interface ParsedSignatureFile {
  readonly signature: ParsedSignature;
  /** DER of the issuing CA's certificate, by the word of whoever froze the file. */
  readonly issuer: Buffer;
  /** DER of the OCSP responses: the stapled one, then the one that was added at sealing. */
  readonly ocsp: readonly Buffer[];
}

/** Caps on an attacker's file: a signature, a certificate and two responses take a tenth. */
const maxLength = 262_144;
const mostResponses = 9;

const form =
  /^\{"protected":"([\w-]+)","signature":"([\w-]+)","header":\{"etsiU":\["([\w-]+)","([\w-]+)"\]\}\}$/;

/**
 * Reads `signature.jws.json`. What was read is put together again and compared: the file has one reading only.
 * @returns undefined when it has another form
 * @throws SealwayError `malformed_signature` when the signature in it breaks the profile
 */
export function parseSignatureFile(bytes: Buffer): ParsedSignatureFile | undefined {
  const match = bytes.length <= maxLength ? form.exec(bytes.toString("latin1")) : null;
  if (match === null) return undefined;
  const [, header, value, xVals, rVals] = match;
  const unprotected = unprotectedParts.get(`${xVals} ${rVals}`, () => readUnprotected(xVals!, rVals!));
  if (unprotected === "malformed") return undefined;
  return { signature: parseSignature(`${header}..${value}`), ...unprotected };
}

type Unprotected = Pick<ParsedSignatureFile, "issuer" | "ocsp">;

/** The same for all messages of one certificate and one set of responses. */
const unprotectedParts = new Remembered<Unprotected | "malformed">(256);

/** What is read is written again and compared; the form of the file around it is known. */
function readUnprotected(xVals: string, rVals: string): Unprotected | "malformed" {
  const issuer = readIssuer(readElement(xVals));
  const ocsp = readResponses(readElement(rVals));
  if (issuer === undefined || ocsp === undefined) return "malformed";
  const written = unprotectedPart(
    { issuerDer: issuer },
    ocsp.map((der) => ({ der })),
  );
  const read = `","header":{"etsiU":["${xVals}","${rVals}"]}}`;
  return written.toString("latin1") === read ? { issuer, ocsp } : "malformed";
}

function readElement(text: string): unknown {
  try {
    return JSON.parse(fromBase64Url(text)?.toString("utf8") ?? "");
  } catch {
    return undefined;
  }
}

// Whatever these pick, the file that is made of it must be the same.
function readIssuer(element: unknown): Buffer | undefined {
  const value = (element as { xVals?: { x509Cert?: { val?: unknown } }[] } | null | undefined)?.xVals?.[0]
    ?.x509Cert?.val;
  return typeof value === "string" ? fromBase64(value) : undefined;
}

function readResponses(element: unknown): Buffer[] | undefined {
  const values = (element as { rVals?: { ocspVals?: unknown } } | null | undefined)?.rVals?.ocspVals;
  if (!Array.isArray(values) || values.length > mostResponses) return undefined;
  const responses = values.map((one: { val?: unknown } | null) =>
    typeof one?.val === "string" ? fromBase64(one.val) : undefined,
  );
  return responses.every((one) => one !== undefined) ? responses : undefined;
}
