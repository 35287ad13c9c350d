import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { sha256 } from "../core/bytes.ts";
import { canonicalJson } from "../core/canonical-json.ts";
import { DocumentError } from "../trust/document-error.ts";

/** The roles whose keys the running authority holds; those of `root` are kept offline. */
export const onlineRoles = ["targets", "snapshot", "timestamp"] as const;
export type OnlineRole = (typeof onlineRoles)[number];

/** The public part of a role's key: Ed25519, whose signatures need no randomness. */
export interface PublicRoleKey {
  /** TUF §4.2: SHA-256 of the canonical form of the public key. */
  readonly id: string;
  readonly publicKey: {
    readonly keytype: "ed25519";
    readonly scheme: "ed25519";
    /** Hex of 32 bytes. */
    readonly keyval: { readonly public: string };
  };
}

export interface RoleKey extends PublicRoleKey {
  sign(data: Buffer): Buffer;
}

/** @param point hex of 32 bytes @throws Error when it is none */
export function publicRoleKey(point: string): PublicRoleKey {
  if (!/^[0-9a-f]{64}$/.test(point)) throw new Error("not an Ed25519 key in hexadecimal");
  const publicKey = { keytype: "ed25519", scheme: "ed25519", keyval: { public: point } } as const;
  return { id: sha256(canonicalJson(publicKey)).toString("hex"), publicKey };
}

/** Makes a key and writes it as PKCS#8 PEM, encrypted when there is a passphrase; writes over nothing. */
export async function createKey(path: string, passphrase: string | undefined): Promise<RoleKey> {
  const { privateKey } = generateKeyPairSync("ed25519");
  const encryption = passphrase === undefined ? {} : { cipher: "aes-256-cbc", passphrase };
  const pem = privateKey.export({ type: "pkcs8", format: "pem", ...encryption });
  await writeFile(path, pem, { mode: 0o600, flag: "wx" });
  return roleKey(privateKey);
}

/** Makes the keys with these names in a directory, of which a broken-off run may have left something. */
export async function createKeys<Name extends string>(
  directory: string,
  names: readonly Name[],
  passphrase: string | undefined,
): Promise<Record<Name, RoleKey>> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const keys: Partial<Record<Name, RoleKey>> = {};
  for (const name of names) keys[name] = await createKey(join(directory, `${name}.pem`), passphrase);
  return keys as Record<Name, RoleKey>;
}

/** @throws DocumentError when it is missing, or no Ed25519 key, or the passphrase is wrong */
export async function loadKey(path: string, passphrase: string | undefined): Promise<RoleKey> {
  try {
    const pem = await readFile(path, "utf8");
    const key = createPrivateKey(passphrase === undefined ? pem : { key: pem, passphrase });
    if (key.asymmetricKeyType !== "ed25519") throw new Error("not an Ed25519 key");
    return roleKey(key);
  } catch (cause) {
    throw new DocumentError(path, "", `not a key that can be used: ${(cause as Error).message}`, { cause });
  }
}

/** Every key of a directory, in order of their names. */
export async function loadKeys(directory: string, passphrase: string | undefined): Promise<RoleKey[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith(".pem")).sort();
  return Promise.all(names.map((name) => loadKey(join(directory, name), passphrase)));
}

function roleKey(key: KeyObject): RoleKey {
  const { x } = createPublicKey(key).export({ format: "jwk" });
  const point = Buffer.from(x!, "base64url").toString("hex");
  return { ...publicRoleKey(point), sign: (data) => sign(null, data, key) };
}
