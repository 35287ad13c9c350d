import { SealwayError } from "../../core/errors.ts";
import type { ExchangeDocument } from "../../message/exchange-document.ts";
import type { ParsedSignature } from "../../message/signature-profile.ts";
import type { Certificate } from "../../pki/certificate.ts";
import { DerError } from "../../pki/der.ts";
import type { MessageFolder } from "./package-layout.ts";
import type { Manifest, MessageEntry } from "./package-manifest.ts";
import { evidenceRecordOf, exchangeOf, signatureFileOf } from "./read-once.ts";
import { parseToken } from "./remembered-tokens.ts";
import { signerCertificate } from "./signer-certificate.ts";

/** What the texts of a package are written from: read from its files, nothing judged. */
export interface PackageFacts extends Pick<Manifest, "instance" | "purpose" | "exchangeId"> {
  readonly messages: readonly MessageFacts[];
}

export interface MessageFacts extends MessageEntry {
  readonly folder: MessageFolder;
  readonly document: ExchangeDocument;
  readonly signature: ParsedSignature;
  /** The one in the signature's header. */
  readonly certificate: Certificate;
  /** How many OCSP responses the signature file has. */
  readonly responses: number;
  /** The time in the first time-stamp, milliseconds. */
  readonly genTime: number;
}

/** @returns undefined unless every message can be read */
export function readFacts(
  manifest: Pick<Manifest, "instance" | "purpose" | "exchangeId" | "messages">,
  files: ReadonlyMap<string, Buffer>,
): PackageFacts | undefined {
  const { instance, purpose, exchangeId } = manifest;
  const messages = manifest.messages.map((entry) => readMessage(entry, files));
  if (!messages.every((message) => message !== undefined)) return undefined;
  return { instance, purpose, exchangeId, messages };
}

function readMessage(entry: MessageEntry, files: ReadonlyMap<string, Buffer>): MessageFacts | undefined {
  const file = (name: string) => files.get(`${entry.folder}/${name}`) ?? Buffer.alloc(0);
  try {
    const parsed = signatureFileOf(file("signature.jws.json"));
    const genTime = genTimeOf(file("evidence.ers"));
    if (parsed === undefined || genTime === undefined) return undefined;
    return {
      ...entry,
      document: exchangeOf(file("exchange")),
      signature: parsed.signature,
      certificate: signerCertificate(parsed.signature.header.certificate),
      responses: parsed.ocsp.length,
      genTime,
    };
  } catch (error) {
    if (error instanceof SealwayError || error instanceof DerError) return undefined;
    throw error;
  }
}

function genTimeOf(evidenceRecord: Buffer): number | undefined {
  const first = evidenceRecordOf(evidenceRecord).chains[0]?.timestamps[0];
  return first && parseToken(first.token).info?.genTime;
}
