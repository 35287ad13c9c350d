import { createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { fromBase64, sha256 } from "../../core/bytes.ts";
import { SealwayError } from "../../core/errors.ts";

/*
 * Signed notes (C2SP signed-note) with the two kinds of Ed25519 signature that checkpoints have: the log's own, over
 * the text, and a witness's cosignature with its time (C2SP tlog-cosignature, `cosignature/v1`). A signature line is
 * `— NAME base64(key id ‖ signature)`.
 */

/** A note taken apart; nothing is verified. */
export interface Note {
  /** With its last line feed. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

export interface NoteSignature {
  readonly name: string;
  readonly keyId: Buffer;
  readonly value: Buffer;
}

/** A key by the name under which it signs. */
export interface NamedKey {
  readonly name: string;
  readonly key: KeyObject;
}

/** Longest note, bytes (attacker-controlled). */
export const mostNoteBytes = 64 * 1024;
const mostSignatures = 64;

const dash = "\u2014";
const controls = /[\0-\x09\x0b-\x1f]/;
const kinds = { log: 1, cosignature: 4 } as const;
const spkiStart = Buffer.from("302a300506032b6570032100", "hex");

/** @throws SealwayError `malformed_checkpoint` */
export function parseNote(note: string): Note {
  if (Buffer.byteLength(note) > mostNoteBytes) throw malformed("it is too long");
  const end = note.lastIndexOf("\n\n");
  if (end < 0 || !note.endsWith("\n") || controls.test(note)) throw malformed("it is not a signed note");
  return { text: note.slice(0, end + 1), signatures: parseSignatureLines(note.slice(end + 2)) };
}

/** @param lines each ended by a line feed. @throws SealwayError `malformed_checkpoint` */
export function parseSignatureLines(lines: string): NoteSignature[] {
  const all = lines.split("\n");
  if (all.pop() !== "" || all.length === 0 || all.length > mostSignatures) {
    throw malformed("its signature lines are none, too many, or not ended");
  }
  return all.map((line) => {
    const [mark, name, text, more] = line.split(" ");
    const bytes = fromBase64(text ?? "");
    if (mark !== dash || !name || name.includes("+") || more !== undefined || bytes === undefined) {
      throw malformed("a line is not a signature");
    }
    if (bytes.length < 5) throw malformed("a signature is too short");
    return { name, keyId: bytes.subarray(0, 4), value: bytes.subarray(4) };
  });
}

export function formatNote({ text, signatures }: Note): string {
  return `${text}\n${signatures.map(formatSignatureLine).join("")}`;
}

export function formatSignatureLine({ name, keyId, value }: NoteSignature): string {
  return `${dash} ${name} ${Buffer.concat([keyId, value]).toString("base64")}\n`;
}

/** The log's signature (type 0x01). */
export function signNote(text: string, { name, key }: NamedKey): NoteSignature {
  return { name, keyId: keyIdOf(name, "log", key), value: sign(null, Buffer.from(text), key) };
}

/** Whether the note bears a good signature of one of the keys as a log. */
export function isSigned({ text, signatures }: Note, keys: readonly NamedKey[]): boolean {
  return signatures.some((one) =>
    keys.some((key) => isOf(one, key, "log") && verify(null, Buffer.from(text), key.key, one.value)),
  );
}

/** A witness's signature (type 0x04). @param time milliseconds; whole seconds are signed */
export function cosignNote(text: string, { name, key }: NamedKey, time: number): NoteSignature {
  const seconds = Math.floor(time / 1000);
  const stamp = Buffer.alloc(8);
  stamp.writeBigUInt64BE(BigInt(seconds));
  const value = sign(null, cosigned(text, String(seconds)), key);
  return { name, keyId: keyIdOf(name, "cosignature", key), value: Buffer.concat([stamp, value]) };
}

/** @returns when a witness with one of the keys cosigned the text, milliseconds; undefined when this is none of theirs */
export function cosignatureTime(
  text: string,
  signature: NoteSignature,
  keys: readonly NamedKey[],
): number | undefined {
  if (signature.value.length !== 72) return undefined;
  const seconds = signature.value.readBigUInt64BE();
  const input = cosigned(text, String(seconds));
  const value = signature.value.subarray(8);
  const isGood = keys.some(
    (key) => isOf(signature, key, "cosignature") && verify(null, input, key.key, value),
  );
  return isGood ? Number(seconds) * 1000 : undefined;
}

/** The 32 bytes of an Ed25519 public key, base64url, as the global configuration lists them. */
export function publicKeyText(key: KeyObject): string {
  return rawKey(key).toString("base64url");
}

/** @param text base64url of 32 bytes, checked by a schema */
export function publicKeyOf(text: string): KeyObject {
  const der = Buffer.concat([spkiStart, Buffer.from(text, "base64url")]);
  return createPublicKey({ key: der, format: "der", type: "spki" });
}

function cosigned(text: string, seconds: string): Buffer {
  return Buffer.from(`cosignature/v1\ntime ${seconds}\n${text}`);
}

function isOf({ name, keyId }: NoteSignature, key: NamedKey, kind: keyof typeof kinds): boolean {
  return name === key.name && keyId.equals(keyIdOf(name, kind, key.key));
}

function keyIdOf(name: string, kind: keyof typeof kinds, key: KeyObject): Buffer {
  return sha256(Buffer.concat([Buffer.from(`${name}\n`), Buffer.from([kinds[kind]]), rawKey(key)])).subarray(
    0,
    4,
  );
}

const rawKeys = new WeakMap<KeyObject, Buffer>();

/** @param key public or private */
function rawKey(key: KeyObject): Buffer {
  let raw = rawKeys.get(key);
  if (raw === undefined) {
    const open = key.type === "private" ? createPublicKey(key) : key;
    raw = open.export({ type: "spki", format: "der" }).subarray(spkiStart.length);
    rawKeys.set(key, raw);
  }
  return raw;
}

function malformed(detail: string): SealwayError {
  return new SealwayError("malformed_checkpoint", `signed note: ${detail}`);
}
