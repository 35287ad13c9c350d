import { fromBase64 } from "../../core/bytes.ts";
import { SealwayError } from "../../core/errors.ts";
import { signingAlgorithms } from "../../pki/algorithms.ts";
import { DerError } from "../../pki/der.ts";
import { ecdsaRawToDer } from "../../pki/ecdsa-signature.ts";
import type { ArchiveTimestamp } from "../../pki/evidence-record.ts";
import { writePem } from "../../pki/pem.ts";
import type { ParsedSignatureFile } from "./package-signature-file.ts";
import { evidenceRecordOf, once, signatureFileOf } from "./read-once.ts";
import { Remembered } from "./remembered.ts";
import { parseToken } from "./remembered-tokens.ts";

/**
 * What plain tools need and cannot take out of a signature file or an evidence record themselves: the files of
 * `extracted/`. They follow from the two files alone, so that a verifier makes them again and compares.
 * @returns bytes by name; those of a file that is malformed or absent are left out
 */
export function extracts(
  signatureFile: Buffer | undefined,
  evidenceRecord: Buffer | undefined,
): ReadonlyMap<string, Buffer> {
  return new Map([...signatureExtracts(signatureFile), ...timeExtracts(evidenceRecord)]);
}

function signatureExtracts(bytes: Buffer | undefined): [string, Buffer][] {
  const file = bytes && readable(() => signatureFileOf(bytes));
  if (file === undefined) return [];
  const { compact, header } = file.signature;
  const protectedPart = compact.slice(0, compact.indexOf("."));
  const signer = signerPem(header.certificate);
  return [
    ["header.json", Buffer.from(protectedPart, "base64url")],
    ["signing-input", Buffer.from(`${protectedPart}.`, "latin1")],
    ["signature.bin", valueForOpenssl(file)],
    ...(signer === undefined ? [] : [["signer.pem", signer] as [string, Buffer]]),
    ["issuer.pem", pem(file.issuer)],
    ...file.ocsp.map((der, i): [string, Buffer] => [`ocsp-${i + 1}.der`, der]),
  ];
}

/** ECDSA values stand as r‖s in a JWS and as DER everywhere else. */
function valueForOpenssl({ signature: { header, value } }: ParsedSignatureFile): Buffer {
  const isEcdsa = signingAlgorithms[header.alg].keyType === "ec" && value.length === 64;
  return isEcdsa ? ecdsaRawToDer(value) : value;
}

/** Of the first time-stamp, which is the one that proves the time. */
function timeExtracts(bytes: Buffer | undefined): [string, Buffer][] {
  const first = bytes && readable(() => evidenceRecordOf(bytes).chains[0]?.timestamps[0]);
  if (first === undefined) return [];
  const root = readable(() => parseToken(first.token).info?.imprint.value);
  return [
    ["time-stamp.tst", first.token],
    ["tree.txt", Buffer.from(treeText(first))],
    ...(root === undefined
      ? []
      : [["root.hex", Buffer.from(`${root.toString("hex")}\n`)] as [string, Buffer]]),
  ];
}

/** One list a line, from the leaf to the root; hashes in hex, separated by blanks. */
function treeText({ reducedTree }: ArchiveTimestamp): string {
  const lists = (reducedTree ?? []).map((list) => list.map((entry) => entry.toString("hex")).join(" "));
  return lists.map((line) => `${line}\n`).join("");
}

const pem = once((der) => Buffer.from(writePem("CERTIFICATE", der)));

/** Of seals that sign, by the text in `x5c`. */
const signers = new Remembered<Buffer>(1024);

function signerPem(text: string): Buffer | undefined {
  const known = signers.find(text);
  if (known !== undefined) return known;
  const der = fromBase64(text);
  if (der === undefined) return undefined;
  signers.keep(text, pem(der));
  return pem(der);
}

function readable<Result>(read: () => Result | undefined): Result | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof SealwayError || error instanceof DerError) return undefined;
    throw error;
  }
}
