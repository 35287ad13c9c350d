import { createPublicKey, type KeyObject } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fromBase64 } from "../../core/bytes.ts";
import { SealwayError } from "../../core/errors.ts";
import type { MemberId, ServerId } from "../../core/ids.ts";
import { type Certificate, parseCertificatesPem, writeCertificatesPem } from "../../pki/certificate.ts";
import type { KeyUse } from "../../pki/certificate-names.ts";
import type { DeviceKeyMade } from "../../pki/device/device-key-file.ts";
import { writeKeyFile } from "../../pki/key-file.ts";
import { writeFileAtomically } from "../../trust/atomic-file.ts";

/** A key that this server holds, with its certificate once there is one. */
export interface HeldKey {
  /** Of its folder, such as `seal-10000001-2`. */
  readonly name: string;
  readonly use: KeyUse;
  /** The member whose seal it is, or the server. */
  readonly of: MemberId | ServerId;
  /** When it was made, milliseconds. */
  readonly made: number;
  /** SubjectPublicKeyInfo in DER. */
  readonly spki: Buffer;
  /** The leaf first; empty before the import. */
  readonly certificates: readonly Certificate[];
  readonly files: KeyFiles;
}

/** Where the parts of one key lie. */
export interface KeyFiles {
  readonly key: string;
  readonly request: string;
  readonly certificate: string;
}

/** `key.json` of a key's folder. */
interface KeyNote {
  readonly v: 1;
  readonly use: KeyUse;
  readonly of: string;
  /** ISO 8601. */
  readonly made: string;
  /** SubjectPublicKeyInfo, base64. */
  readonly publicKey: string;
}

const noteFile = "key.json";

/** Every key of the folder, in the order of their names. @throws SealwayError `signer_unavailable` naming a file that cannot be read */
export async function listKeys(keysDirectory: string): Promise<HeldKey[]> {
  const names = await readdir(keysDirectory, { withFileTypes: true }).catch(noneIfMissing);
  const folders = names.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const keys = await Promise.all(folders.map((name) => readKey(keysDirectory, name)));
  return keys
    .filter((key) => key !== undefined)
    .sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
}

/**
 * Keeps a new key in a folder of its own.
 * @param now milliseconds
 */
export async function addKey(
  keysDirectory: string,
  key: Pick<HeldKey, "use" | "of"> & { readonly privateKey: KeyObject },
  passphrase: string,
  now: number,
): Promise<HeldKey> {
  const { privateKey, ...named } = key;
  const kept = { ...named, publicKey: createPublicKey(privateKey) };
  return addKept(keysDirectory, kept, now, (path) => writeKeyFile(path, privateKey, passphrase));
}

/** Keeps the name of a new key on a device in a folder of its own, as `addKey` keeps a key. */
export function addDeviceKey(
  keysDirectory: string,
  key: Pick<HeldKey, "use" | "of"> & DeviceKeyMade,
  now: number,
): Promise<HeldKey> {
  return addKept(keysDirectory, key, now, (path) =>
    writeFile(path, key.text, { mode: 0o600, flag: "wx", flush: true }),
  );
}

async function addKept(
  keysDirectory: string,
  { use, of, publicKey }: Pick<HeldKey, "use" | "of"> & { readonly publicKey: KeyObject },
  now: number,
  keep: (path: string) => Promise<void>,
): Promise<HeldKey> {
  await mkdir(keysDirectory, { recursive: true, mode: 0o700 });
  const name = await newFolder(
    keysDirectory,
    `${use}-${of
      .split("/")
      .at(-1)!
      .replace(/[^\w.-]/g, "_")}`,
  );
  const files = filesOf(keysDirectory, name);
  await keep(files.key);
  const spki = publicKey.export({ type: "spki", format: "der" });
  const made = new Date(now).toISOString();
  const note: KeyNote = { v: 1, use, of, made, publicKey: spki.toString("base64") };
  await writeText(join(keysDirectory, name, noteFile), JSON.stringify(note));
  return { name, use, of, made: now, spki, certificates: [], files };
}

/** Keeps what was issued for a key; an earlier certificate of the same key is replaced. */
export async function keepCertificates(key: HeldKey, certificates: readonly Certificate[]): Promise<void> {
  await writeText(key.files.certificate, writeCertificatesPem(certificates));
}

/** Writes a text file that everybody may read. */
export function writeText(path: string, text: string): Promise<void> {
  return writeFileAtomically(path, Buffer.from(`${text.trimEnd()}\n`), "public");
}

/** The first number that is free is taken, whoever else looks for one. */
async function newFolder(keysDirectory: string, stem: string): Promise<string> {
  for (let number = 1; ; number++) {
    try {
      await mkdir(join(keysDirectory, `${stem}-${number}`), { mode: 0o700 });
      return `${stem}-${number}`;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}

/** @returns undefined for a folder whose making broke off, or that is none of a key */
async function readKey(keysDirectory: string, name: string): Promise<HeldKey | undefined> {
  const note = await readOptional(join(keysDirectory, name, noteFile));
  if (note === undefined) return undefined;
  const files = filesOf(keysDirectory, name);
  try {
    const { use, of, made, publicKey } = JSON.parse(note) as KeyNote;
    const text = await readOptional(files.certificate);
    const certificates = text === undefined ? [] : parseCertificatesPem(text);
    const spki = fromBase64(publicKey)!;
    return { name, use, of: of as MemberId, made: Date.parse(made), spki, certificates, files };
  } catch (cause) {
    throw new SealwayError("signer_unavailable", `the key ${name} in ${keysDirectory} cannot be read`, {
      cause,
    });
  }
}

function filesOf(keysDirectory: string, name: string): KeyFiles {
  const at = (file: string) => join(keysDirectory, name, file);
  return { key: at("key.pem"), request: at("request.pem"), certificate: at("certificate.pem") };
}

async function readOptional(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
}

function noneIfMissing(error: NodeJS.ErrnoException): [] {
  if (error.code === "ENOENT") return [];
  throw error;
}
