import { type DigestName, writeDigestAlgorithm } from "./algorithms.ts";
import * as write from "./der-writer.ts";

/** MessageImprint (RFC 3161 §2.4.1): what the time is asked for. */
export interface Imprint {
  readonly digest: DigestName;
  readonly value: Buffer;
}

export interface TimestampQuestion {
  readonly imprint: Imprint;
  /** Random, at least 8 bytes (64 bits, RFC 3161 §2.4.1), read as a big-endian number. */
  readonly nonce: Buffer;
  /** The policy to be used, dotted; the TSA's own when undefined. */
  readonly policy?: string;
}

const digestBytes: { readonly [digest in DigestName]: number } = { sha256: 32, sha384: 48, sha512: 64 };

/**
 * A TimeStampReq that asks for the TSA's certificates (RFC 3161 §2.4.1).
 * @throws RangeError for an imprint of the wrong length or a nonce under 64 bits
 */
export function buildTimestampRequest({ imprint, nonce, policy }: TimestampQuestion): Buffer {
  if (imprint.value.length !== digestBytes[imprint.digest])
    throw new RangeError("the imprint has another length");
  if (nonce.length < 8) throw new RangeError("the nonce of a time-stamp request has at least 64 bits");
  return write.sequence(
    write.integer(1),
    writeImprint(imprint),
    ...(policy === undefined ? [] : [write.oid(policy)]),
    write.integer(nonce),
    write.boolean(true),
  );
}

/** MessageImprint in DER. */
export function writeImprint({ digest, value }: Imprint): Buffer {
  return write.sequence(writeDigestAlgorithm(digest), write.octetString(value));
}
