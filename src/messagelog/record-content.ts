import type { BodyFiles } from "./body-files.ts";
import type { StoredRecord } from "./message-store.ts";
import { decryptBody } from "./sealed-body.ts";
import { decryptHead } from "./sealed-head.ts";
import type { FoundKey, KeyVault } from "./vault.ts";

/** What is left of a head. */
export type HeadContent =
  | { readonly state: "readable"; readonly bytes: Buffer }
  /** Its key was destroyed on purpose, or this record's content alone was erased. */
  | { readonly state: "erased" }
  /** The reader has no vault. */
  | { readonly state: "withheld" }
  /** Its key is missing, or it was altered. */
  | { readonly state: "unreadable" };

/** What is left of a body. */
export type BodyContent =
  | HeadContent
  /** It was bound only, or there was none. */
  | { readonly state: "not-kept" }
  /** It is longer than a reader takes into memory. */
  | { readonly state: "too-large" };

/** Longest body that is read as a whole, bytes. */
const mostBytes = 128 * 1024 * 1024;

/** @param vault without it content is withheld */
export async function readHead(record: StoredRecord, vault: KeyVault | undefined): Promise<HeadContent> {
  const { head, member } = record;
  const key = await keyOf(vault, head, member, head.bytes.length === 0);
  if (!("key" in key)) return key;
  const bytes = decryptHead(key.key, head, record);
  return bytes === undefined ? { state: "unreadable" } : { state: "readable", bytes };
}

/** @param bodies where large ones are; without it those are withheld */
export async function readBody(
  record: StoredRecord,
  vault: KeyVault | undefined,
  bodies: BodyFiles | undefined,
): Promise<BodyContent> {
  const { body, member } = record;
  if (body === undefined) return { state: "not-kept" };
  const key = await keyOf(vault, body, member, body.bytes.length === 0 && body.file === "");
  if (!("key" in key)) return key;
  if (body.file === "") {
    const bytes = decryptBody(key.key, body.bytes, record);
    return bytes === undefined ? { state: "unreadable" } : { state: "readable", bytes };
  }
  return bodies === undefined ? { state: "withheld" } : readFile(bodies, key.key, record, body.file);
}

async function readFile(
  bodies: BodyFiles,
  key: Parameters<BodyFiles["read"]>[0],
  record: StoredRecord,
  file: string,
): Promise<BodyContent> {
  const parts: Buffer[] = [];
  let length = 0;
  try {
    for await (const block of bodies.read(key, file, record)) {
      length += block.length;
      if (length > mostBytes) return { state: "too-large" };
      parts.push(block);
    }
  } catch {
    return { state: "unreadable" };
  }
  return { state: "readable", bytes: Buffer.concat(parts) };
}

const stateWithoutKey = { destroyed: "erased", missing: "unreadable" } as const;

/** The key of a content, or what is left without it. */
async function keyOf(
  vault: KeyVault | undefined,
  { keyId }: { readonly keyId: Buffer },
  member: string,
  isEmpty: boolean,
): Promise<Extract<FoundKey, { state: "present" }> | Exclude<HeadContent, { state: "readable" }>> {
  if (isEmpty) return { state: "erased" };
  if (vault === undefined) return { state: "withheld" };
  const found = await vault.find(keyId, member);
  return found.state === "present" ? found : { state: stateWithoutKey[found.state] };
}
