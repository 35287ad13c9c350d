import type { KeyObject } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { keyText } from "../../message/service-act-record.ts";
import { writeFileAtomically } from "../../trust/atomic-file.ts";
import { DocumentError } from "../../trust/document-error.ts";
import { loadOrCreateEd25519Key } from "../ed25519-key-file.ts";

/** The keys with which the authority countersigns acts, and did. */
export interface CatalogueKeys {
  readonly key: KeyObject;
  /** All of them, base64url of 32 bytes, the one in use first: old countersignatures count for ever. */
  readonly all: readonly string[];
}

const keyFile = "catalogue-key.pem";
const oldKeysFile = "catalogue-old-keys.json";

/** The key is made when there is none. @throws DocumentError for what cannot be read */
export async function loadCatalogueKeys(
  stateDir: string,
  passphrase: string | undefined,
): Promise<CatalogueKeys> {
  const key = await loadOrCreateEd25519Key(join(stateDir, keyFile), passphrase);
  return { key, all: [...new Set([keyText(key), ...(await oldKeys(stateDir))])] };
}

/**
 * Gives up the key in use; the next start makes another one. What the old one countersigned stays good: it counts only
 * where the targets metadata, which has a key of its own, binds the act.
 */
export async function retireCatalogueKey(stateDir: string, passphrase: string | undefined): Promise<void> {
  const { all } = await loadCatalogueKeys(stateDir, passphrase);
  await writeFileAtomically(join(stateDir, oldKeysFile), Buffer.from(`${JSON.stringify(all)}\n`), "private");
  await rm(join(stateDir, keyFile));
}

async function oldKeys(stateDir: string): Promise<readonly string[]> {
  const path = join(stateDir, oldKeysFile);
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "[]";
    throw error;
  });
  try {
    const keys = JSON.parse(text) as readonly unknown[];
    if (keys.every((key) => typeof key === "string" && /^[\w-]{43}$/.test(key))) return keys as string[];
  } catch {}
  throw new DocumentError(path, "", "not a list of keys");
}
