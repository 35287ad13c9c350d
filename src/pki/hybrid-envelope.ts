import {
  createCipheriv,
  createDecipheriv,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from "node:crypto";
import { fromBase64Url, sha256Base64Url, toBase64Url } from "../core/bytes.ts";
import { canonicalJson, type Json } from "../core/canonical-json.ts";
import { SealwayError } from "../core/errors.ts";
import { parseStrictJson } from "../core/strict-json.ts";

/*
 * Bytes that some recipients alone can read, each by its own P-256 key: ECDH with one ephemeral key (NIST SP 800-56A,
 * one-pass), HKDF-SHA-256 (RFC 5869) for the key that wraps, AES-256-GCM for the content key and the content. The form
 * is that of ECIES; schemas/restriction/README.md has it with vectors. Nothing in it authenticates who encrypted.
 */

const algorithm = "ECDH-P256+HKDF-SHA256+A256GCM";
const nonceLength = 12;
const tagLength = 16;
/** Longest envelope that is read, bytes. */
const mostBytes = 1024 * 1024;
const mostRecipients = 16;

/** A public key on P-256. */
export interface EnvelopeRecipient {
  /** SHA-256 (base64url) of the point: names the recipient in an envelope. */
  readonly id: string;
  readonly key: KeyObject;
}

/**
 * Reads a recipient's key.
 * @param point the uncompressed point, 65 bytes, base64url
 * @throws SealwayError `malformed_statement` unless it is a point on P-256
 */
export function parseRecipient(point: string): EnvelopeRecipient {
  const bytes = fromBase64Url(point);
  if (bytes?.length !== 65 || bytes[0] !== 4) throw malformed("a key is not an uncompressed point of P-256");
  const [x, y] = [bytes.subarray(1, 33), bytes.subarray(33)].map(toBase64Url) as [string, string];
  try {
    const key = createPublicKey({ key: { kty: "EC", crv: "P-256", x, y }, format: "jwk" });
    return { id: sha256Base64Url(bytes), key };
  } catch (cause) {
    throw new SealwayError("malformed_statement", "envelope: a key is not on P-256", { cause });
  }
}

/** The uncompressed point of a public or private key, base64url, as `parseRecipient` reads it. */
export function pointOf(key: KeyObject): string {
  const { x, y } = (key.type === "private" ? createPublicKey(key) : key).export({ format: "jwk" });
  const parts = [x, y].map((part) => fromBase64Url(part!)!);
  return toBase64Url(Buffer.concat([Buffer.from([4]), ...parts]));
}

/**
 * Encrypts for all recipients at once.
 * @param use what it is for, such as `sealway-restriction`: an envelope of one use opens as no other
 */
export function sealEnvelope(
  plaintext: Buffer,
  use: string,
  recipients: readonly EnvelopeRecipient[],
): Buffer {
  const ephemeral = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const epk = pointOf(ephemeral.publicKey);
  const contentKey = randomBytes(32);
  return Buffer.from(
    canonicalJson({
      ...{ v: 1, alg: algorithm, use, epk },
      recipients: recipients.map(({ id, key }) => {
        const info = infoOf(use, epk, id);
        const wrapping = wrappingKey(ephemeral.privateKey, key, info);
        return { id, wrapped: toBase64Url(encrypt(wrapping, contentKey, info)) };
      }),
      content: toBase64Url(encrypt(contentKey, plaintext, infoOf(use, epk, "content"))),
    }),
  );
}

/**
 * Opens an envelope.
 * @throws SealwayError `malformed_statement` for what is none, is of another use, was changed, or is not for this key
 */
export function openEnvelope(bytes: Buffer, use: string, privateKey: KeyObject): Buffer {
  const envelope = parseEnvelope(bytes);
  if (envelope.use !== use) throw malformed("it is of another use");
  const own = parseRecipient(pointOf(privateKey));
  const entry = envelope.recipients.find(({ id }) => id === own.id);
  if (entry === undefined) throw malformed("it is not for this key");
  const { key: ephemeral } = parseRecipient(envelope.epk);
  const info = infoOf(use, envelope.epk, own.id);
  const contentKey = decrypt(wrappingKey(privateKey, ephemeral, info), entry.wrapped, info);
  if (contentKey.length !== 32) throw malformed("its content key has another length");
  return decrypt(contentKey, envelope.content, infoOf(use, envelope.epk, "content"));
}

interface Envelope {
  readonly use: string;
  readonly epk: string;
  readonly recipients: readonly { readonly id: string; readonly wrapped: string }[];
  readonly content: string;
}

function parseEnvelope(bytes: Buffer): Envelope {
  if (bytes.length > mostBytes) throw malformed("it is too long");
  const value = parseStrictJson(bytes, "malformed_statement") as { readonly [name: string]: Json } | null;
  const { v, alg, use, epk, recipients, content } = Object(value);
  const isText = [use, epk, content].every((part) => typeof part === "string");
  if (v !== 1 || alg !== algorithm || !isText) throw malformed("its members are not those of an envelope");
  const isList = Array.isArray(recipients) && recipients.length <= mostRecipients;
  if (!isList || !recipients.every(isRecipient)) throw malformed("its recipients cannot be read");
  return { use, epk, recipients, content };
}

function isRecipient(value: unknown): boolean {
  const { id, wrapped } = Object(value);
  return typeof id === "string" && typeof wrapped === "string";
}

/** Binds what is encrypted to its use, this envelope and the one recipient. */
function infoOf(use: string, epk: string, recipient: string): Buffer {
  return Buffer.from(`sealway/envelope/v1\0${use}\0${epk}\0${recipient}`);
}

function wrappingKey(privateKey: KeyObject, publicKey: KeyObject, info: Buffer): Buffer {
  const shared = diffieHellman({ privateKey, publicKey });
  return Buffer.from(hkdfSync("sha256", shared, Buffer.alloc(0), info, 32));
}

function encrypt(key: Buffer, plaintext: Buffer, associated: Buffer): Buffer {
  const nonce = randomBytes(nonceLength);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  cipher.setAAD(associated);
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: Buffer, text: string, associated: Buffer): Buffer {
  const bytes = fromBase64Url(text);
  if (bytes === undefined || bytes.length < nonceLength + tagLength) throw malformed("it is cut off");
  const options = { authTagLength: tagLength };
  const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, nonceLength), options);
  decipher.setAAD(associated);
  decipher.setAuthTag(bytes.subarray(-tagLength));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(nonceLength, -tagLength)), decipher.final()]);
  } catch (cause) {
    throw new SealwayError("malformed_statement", "envelope: it was changed", { cause });
  }
}

function malformed(detail: string): SealwayError {
  return new SealwayError("malformed_statement", `envelope: ${detail}`);
}
